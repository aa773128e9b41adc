import type { CandidateDetails } from './candidate.js';
import { choose, type Choice } from './choice.js';
import { oneLine, quote, quoteAll, textOrNull } from './plain-text.js';
import { refusal } from './refusals.js';
import type { Settings } from './settings.js';
import { leavingAside, readTags } from './tag-value.js';
import { warning } from './warnings.js';

type ReferenceChoice = Choice<string | null>;

const FIELD = 'reference';

/** What goes into the provider's reference field; nothing, with a warning, where there is no value (M7). */
export function chooseReference(
  candidate: Pick<CandidateDetails, 'tags' | 'positionTitle' | 'positionDepartment'>,
  { referenceBy, referencePrefix }: Pick<Settings, 'referenceBy' | 'referencePrefix'>,
): ReferenceChoice {
  if (referenceBy === 'tags') return fromTags(candidate.tags, referencePrefix);
  const rule = `referenceBy is "${referenceBy}"${leavingAside(candidate.tags, referencePrefix)}`;
  if (referenceBy === 'jobTitle') {
    return fromPosting(candidate.positionTitle, 'posting.title', rule, 'the job has no title');
  }
  if (referenceBy === 'jobDepartment') {
    const missing = 'the job has no department';
    return fromPosting(candidate.positionDepartment, 'posting.department', rule, missing);
  }
  const reason = `No reference is sent, for ${rule}.`;
  return choose(null, { field: FIELD, value: null, source: 'settings.referenceBy', reason });
}

function fromPosting(text: string | null, source: string, rule: string, missing: string): ReferenceChoice {
  const reference = textOrNull(text);
  if (reference === null) return none(source, missing);
  return choose(reference, { field: FIELD, value: reference, source, reason: `${rule}.` });
}

function fromTags(tags: readonly string[], prefix: string | null): ReferenceChoice {
  const { found, warnings } = readTags(tags, prefix, 'referencePrefix');
  const [first, ...others] = found;
  if (!first) {
    const missing =
      prefix === null
        ? 'no referencePrefix is set'
        : `no tag begins with the referencePrefix ${quote(prefix)}`;
    return none('tag', missing, warnings);
  }
  if (others.length > 0) {
    const conflicting = found.map(({ tag }) => tag);
    const reason = `The tags ${quoteAll(conflicting)} give different references, and none is more right than the other.`;
    const refusals = [refusal('conflicting_reference_tags', { tags: conflicting })];
    return choose(null, { field: FIELD, value: null, source: 'tag', reason }, { warnings, refusals });
  }
  const reference = oneLine(first.value);
  if (reference === '') return none('tag', `the tag ${quote(first.tag)} is only the prefix`, warnings);
  const reason = `referenceBy is "tags", and the tag ${quote(first.tag)} gives it.`;
  return choose(reference, { field: FIELD, value: reference, source: 'tag', reason }, { warnings });
}

const none = (source: string, missing: string, warnings: Choice<null>['warnings'] = []): ReferenceChoice =>
  choose(
    null,
    { field: FIELD, value: null, source, reason: `No reference is sent: ${missing}.` },
    { warnings: [...warnings, warning('reference_missing', { from: missing })] },
  );
