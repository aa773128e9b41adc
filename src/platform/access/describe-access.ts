import type { ListedRoute } from './list-routes.js';
import { RIGHTS, ROLES, roleHas, type Right } from './roles.js';

const HEAD = `# Who may do what

Made from the routes by \`npm run access\`; \`npm run check\` fails when it is not what the code says. How callers are
recognised is in [security.md](security.md).
`;

const OPEN = `## Routes without an admin key or token

The doors check a signature or a secret of their own, the OAuth callback a state that works once; probes and metrics tell
numbers only. Beside them Swagger UI at \`/docs\` and the API's description at \`/openapi.json\` are open: they hold no data.
`;

/** The role matrix, as a page (A5). */
export function describeAccess(routes: readonly ListedRoute[]): string {
  const admin = routes.filter(({ isOpen }) => !isOpen);
  const open = routes.filter(({ isOpen }) => isOpen);
  return [
    HEAD,
    '## Rights of the roles\n',
    tableOf(
      ['Right', ...ROLES],
      RIGHTS.map((right) => [`\`${right}\``].concat(marksOf(right))),
    ),
    '## Routes\n',
    tableOf(
      ['Route', 'Right', ...ROLES],
      admin.map((route) => [nameOf(route), `\`${route.right}\``].concat(marksOf(route.right))),
    ),
    OPEN,
    tableOf(
      ['Route'],
      open.map((route) => [nameOf(route)]),
    ),
  ].join('\n');
}

const nameOf = ({ method, path }: ListedRoute): string => `\`${method} ${path}\``;

const marksOf = (right: Right | undefined): string[] =>
  ROLES.map((role) => (right !== undefined && roleHas(role, right) ? 'yes' : ''));

/** With columns as wide as their widest cell, as prettier would write it. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lineOf(head), rule, ...rows.map(lineOf), ''].join('\n');
}
