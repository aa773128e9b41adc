import { describe, expect, it } from 'vitest';
import {
  describeDependencies,
  faultsIn,
  isAllowed,
  listDependencies,
  type LockFile,
} from '../../scripts/list-dependencies.ts';

const lock: LockFile = {
  packages: {
    '': { version: '1.0.0', dependencies: { zod: '4.0.0', '@nestjs/core': '12.0.0' } },
    'node_modules/zod': { version: '4.0.0', license: 'MIT' },
    'node_modules/@nestjs/core': { version: '12.0.0', license: 'MIT' },
    'node_modules/@nestjs/core/node_modules/zod': { version: '3.0.0', license: 'ISC' },
    'node_modules/vitest': { version: '5.0.0', license: 'MIT', dev: true },
    'node_modules/typescript': { version: '6.0.0', license: 'Apache-2.0', devOptional: true },
    'node_modules/pg-cloudflare': { version: '1.0.0', license: 'MIT', optional: true },
  },
};

describe('the list of dependencies', () => {
  it('holds what is installed in production, with what the service names itself', () => {
    expect(listDependencies(lock)).toEqual([
      { name: '@nestjs/core', version: '12.0.0', license: 'MIT', isDirect: true },
      { name: 'zod', version: '3.0.0', license: 'ISC', isDirect: false },
      { name: 'zod', version: '4.0.0', license: 'MIT', isDirect: true },
    ]);
  });

  it('is counted, and tells reasons', () => {
    const page = describeDependencies(listDependencies(lock), { zod: 'schemas', '@nestjs/core': 'start' });
    expect(page).toContain('3 packages, 2 of which the service names itself.');
    expect(page).toContain('| MIT | 2 |');
    expect(page).toContain('| zod | schemas |');
    expect(page).toContain('| zod | 3.0.0 | ISC |');
  });

  it.each(['MIT', '(MIT OR CC0-1.0)', '(GPL-3.0 OR MIT)'])('allows %s', (license) => {
    expect(isAllowed(license)).toBe(true);
  });

  it.each(['GPL-3.0', 'AGPL-3.0-only', 'UNLICENSED', 'not said', '', '(MIT AND GPL-3.0)'])(
    'does not allow "%s"',
    (license) => {
      expect(isAllowed(license)).toBe(false);
    },
  );

  it('names licences that are not allowed, and dependencies without a reason', () => {
    const packages = { ...lock.packages, 'node_modules/copyleft': { version: '1.0.0', license: 'GPL-3.0' } };
    expect(faultsIn(listDependencies({ packages }), { zod: 'schemas', left: 'gone' })).toEqual([
      'copyleft 1.0.0: the licence "GPL-3.0" is not allowed',
      '@nestjs/core: say in scripts/write-dependencies.ts why it is needed',
      'left: has a reason in scripts/write-dependencies.ts, but is no dependency',
    ]);
  });
});
