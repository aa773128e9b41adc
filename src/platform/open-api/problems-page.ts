import { PROBLEMS_OF_ANY_REQUEST } from './describe-problems.js';
import { operationsOf, type ApiDocument } from './document.js';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../errors/problem-codes.js';

const HEADER = `# Problems

Written by \`npm run openapi\` from the list in the code; do not edit.

Every error is a problem document (RFC 9457): \`application/problem+json\` with \`type\`, \`title\`, \`status\`, \`detail\`,
and a \`code\` that stays the same. \`errors\` lists what is wrong with the request, by path, where more than one thing
can be. The codes of a webhook door are for the sender; the rest is answered by the admin API.
`;

/** The page that explains every code, and says who may answer it. */
export function problemsPage(document: ApiDocument): string {
  const rows = PROBLEM_CODES.toSorted((a, b) => PROBLEMS[a].status - PROBLEMS[b].status).map(
    (code) =>
      `| \`${code}\` | ${PROBLEMS[code].status} | ${PROBLEMS[code].meaning} | ${answeredBy(document, code)} |`,
  );
  return [HEADER, '| Code | Status | Meaning | Answered by |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}

function answeredBy(document: ApiDocument, code: ProblemCode): string {
  if (PROBLEMS_OF_ANY_REQUEST.some((any) => any === code)) return 'any request';
  const places = operationsOf(document);
  const names = places
    .filter(({ operation }) => operation['x-problem-codes'].includes(code))
    .map(({ operation }) => operation.operationId);
  if (names.length === 0) return 'no operation: see above';
  if (names.length === places.length) return 'every operation';
  return names.length > 8 ? `${names.length} operations` : names.map((name) => `\`${name}\``).join(', ');
}
