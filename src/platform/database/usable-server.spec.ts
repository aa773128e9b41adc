import { describe, expect, it } from 'vitest';
import { assertUsable } from './usable-server.js';

const serverOf = (major: number, encoding: string) => ({
  query: async <T>() => [{ major, version: `${major}.4 (Debian)`, encoding }] as T,
});

describe('a server', () => {
  it('is used from version 15 on', async () => {
    await expect(assertUsable(serverOf(15, 'UTF8'))).resolves.toBeUndefined();
    await expect(assertUsable(serverOf(18, 'UTF8'))).resolves.toBeUndefined();
  });

  it('is refused with all that is wrong with it', async () => {
    await expect(assertUsable(serverOf(14, 'SQL_ASCII'))).rejects.toThrow(
      /PostgreSQL 14\.4 \(Debian\)\. Use version 15 or newer[^]*encoding is SQL_ASCII/,
    );
  });
});
