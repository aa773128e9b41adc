import type { CandidateDetails } from './candidate.js';
import { choose, type Choice } from './choice.js';
import { chooseEmail } from './choose-email.js';
import { choosePhone } from './choose-phone.js';
import type { MappingWarning } from './mapping.js';
import { refusal } from './refusals.js';
import { isCredentialUncertain, splitName, type SplitName } from './split-name.js';
import { warning } from './warnings.js';
import { wordsOfName } from './words-of-name.js';

/** The name in parts, each with the rule that made it (M8). */
export function explainName(name: CandidateDetails['name']): Choice<SplitName | null> {
  const source = 'opportunity.name';
  const split = splitName(name);
  if ('refusal' in split) {
    const reason =
      split.refusal === 'missing_name'
        ? 'No name is given.'
        : 'Only one part is given, so it cannot be split.';
    const values = NAME_FIELDS.map((field) => ({ field, value: null, source, reason }));
    return { chosen: null, values, warnings: [], refusals: [refusal(split.refusal)] };
  }
  const values = NAME_FIELDS.map((field) => ({
    field,
    value: split[field],
    source,
    reason: split[field] === null ? NAME_RULES[field].missing : NAME_RULES[field].found,
  }));
  const parts = NAME_FIELDS.map((field) => split[field] ?? '');
  const unreadable = parts.some((part) => part.includes(LOST_CHARACTER)) ? [warning('name_unreadable')] : [];
  return { chosen: split, values, warnings: [...unreadable, ...doubtsOf(name)], refusals: [] };
}

/** What programs put where they could not read a character: `Garc\uFFFDa`. */
const LOST_CHARACTER = '\uFFFD';

function doubtsOf(name: string): MappingWarning[] {
  if (isOrderUncertain(name)) return [warning('name_order_uncertain', { by: 'script' })];
  return isCredentialUncertain(name) ? [warning('name_order_uncertain', { by: 'credential' })] : [];
}

const EAST_ASIAN = /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u;

/** Chinese, Japanese and Korean names are written last name first; as written they would be sent the wrong way round. */
function isOrderUncertain(name: string): boolean {
  const [words = [], ...behindCommas] = wordsOfName(name);
  return behindCommas.length === 0 && words.every((word) => EAST_ASIAN.test(word));
}

const NAME_FIELDS = ['firstName', 'middleName', 'lastName', 'generation'] as const;
const WITH_COMMA = 'a comma puts the last name first, and without one the order is as written';

const NAME_RULES: Readonly<Record<(typeof NAME_FIELDS)[number], { found: string; missing: string }>> = {
  firstName: { found: `The first given name: ${WITH_COMMA}.`, missing: 'There is none.' },
  middleName: {
    found: 'All that stands between the first and the last name.',
    missing: 'Nothing stands between the first and the last name.',
  },
  lastName: {
    found: `The last name with its particles, such as "van der": ${WITH_COMMA}.`,
    missing: 'There is none.',
  },
  generation: {
    found: 'A suffix such as Jr. or III is sent apart from the last name.',
    missing: 'The name has no suffix such as Jr. or III.',
  },
};

/** The address of the invitation (M9). */
export function explainEmail(emails: CandidateDetails['emails']): Choice<string | null> {
  const entry = { field: 'email', source: 'opportunity.emails' };
  const choice = chooseEmail(emails);
  if (!('refusal' in choice)) {
    return choose(choice.email, { ...entry, value: choice.email, reason: choice.reason });
  }
  const reason =
    choice.refusal === 'missing_email'
      ? 'The opportunity has no email address.'
      : 'None of the email addresses is valid.';
  return choose(null, { ...entry, value: null, reason }, { refusals: [refusal(choice.refusal)] });
}

/** The phone number as VICTIG writes it; without one the order goes on (M9). */
export function explainPhone(phones: CandidateDetails['phones']): Choice<string | null> {
  const { phone, reason, warnings } = choosePhone(phones);
  return choose(phone, { field: 'phone', value: phone, source: 'opportunity.phones', reason }, { warnings });
}
