/** What the lock file says of a package. */
interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  dependencies?: Record<string, string>;
}

export interface LockFile {
  packages: Record<string, Locked>;
}

export interface Dependency {
  name: string;
  version: string;
  license: string;
  /** Named in package.json, and not only needed by another. */
  isDirect: boolean;
}

/** All let a program be used and passed on with no duty but to keep their text. Any other is looked at by a person first. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Whether one of the licences between which a package lets choose is allowed; `AND` is a matter for a person. */
export function isAllowed(license: string): boolean {
  const choices = license.replaceAll(/^\(|\)$/g, '').split(' OR ');
  return choices.some((one) => ALLOWED.has(one));
}

/** What `npm ci --omit=dev --omit=optional` installs, as the Dockerfile does. */
export function listDependencies({ packages }: LockFile): Dependency[] {
  const direct = packages['']?.dependencies ?? {};
  const found = new Map<string, Dependency>();
  for (const [place, { version = '', license, ...rest }] of Object.entries(packages)) {
    if (place === '' || rest.dev || rest.optional || rest.devOptional) continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const isDirect = direct[name] !== undefined && place === `node_modules/${name}`;
    // The same version may lie in several places.
    found.set(`${name}@${version}`, { name, version, license: license ?? 'not said', isDirect });
  }
  return [...found.values()].toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** By code unit, for it must not depend on whose machine it is. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** @param reasons why each package that package.json names is there */
export function describeDependencies(
  dependencies: readonly Dependency[],
  reasons: Readonly<Record<string, string>>,
): string {
  const direct = dependencies.filter(({ isDirect }) => isDirect);
  const counts = Map.groupBy(dependencies, ({ license }) => license);
  const byNumber = [...counts].toSorted(([a, ofA], [b, ofB]) => ofB.length - ofA.length || compare(a, b));
  return [
    '# Dependencies in production',
    '',
    'Made from the lock file by `npm run licenses`; `npm run check` fails when it is not up to date, when a licence is not',
    'one of those that `scripts/list-dependencies.ts` allows, or when a package says another of itself. It is what the',
    'image holds besides Node and the service. How known vulnerabilities are handled: [security.md](security.md).',
    '',
    `${dependencies.length} packages, ${direct.length} of which the service names itself.`,
    '',
    '| Licence | Packages |',
    '| --- | --- |',
    ...byNumber.map(([license, of]) => `| ${license} | ${of.length} |`),
    '',
    '## Named by the service, and why',
    '',
    '| Package | For |',
    '| --- | --- |',
    ...direct.map(({ name }) => `| ${name} | ${reasons[name] ?? ''} |`),
    '',
    '## All',
    '',
    '| Package | Version | Licence |',
    '| --- | --- | --- |',
    ...dependencies.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
    '',
  ].join('\n');
}

/** What a person has to look at. */
export function faultsIn(
  dependencies: readonly Dependency[],
  reasons: Readonly<Record<string, string>>,
): string[] {
  const named = new Set(dependencies.filter(({ isDirect }) => isDirect).map(({ name }) => name));
  return [
    ...dependencies
      .filter(({ license }) => !isAllowed(license))
      .map(({ name, version, license }) => `${name} ${version}: the licence "${license}" is not allowed`),
    ...[...named]
      .filter((name) => reasons[name] === undefined)
      .map((name) => `${name}: say in scripts/write-dependencies.ts why it is needed`),
    ...Object.keys(reasons)
      .filter((name) => !named.has(name))
      .map((name) => `${name}: has a reason in scripts/write-dependencies.ts, but is no dependency`),
  ];
}
