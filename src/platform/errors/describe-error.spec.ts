import { describe, expect, it } from 'vitest';
import { describeError, reasonOf } from './describe-error.js';
import { DomainError } from './domain-error.js';
import { UpstreamError } from './upstream-error.js';

const SECRET = 'ana.ruiz@example.com';

class DriverError extends Error {
  override readonly name = 'QueryFailedError';
  readonly code = '22P02';
  readonly parameters = [SECRET];
  readonly query = `SELECT '${SECRET}'`;
}

describe('what is written down of an error (A4)', () => {
  it("leaves out a library's words, parameters and query, and says what and where it was", () => {
    const error = new DriverError(`invalid input: "${SECRET}"\n    at ${SECRET}`, {
      cause: new TypeError(SECRET),
    });
    const described = describeError(error);
    expect(described).toMatchObject({
      type: 'QueryFailedError',
      code: '22P02',
      cause: { type: 'TypeError' },
    });
    expect(described.stack).toContain('describe-error.spec.ts');
    expect(JSON.stringify(described)).not.toContain(SECRET);
    expect(reasonOf(error)).toBe('QueryFailedError (22P02)');
  });

  it('keeps what our own errors say', () => {
    const domain = new DomainError(
      'conflict',
      'legal_hold',
      'A legal hold keeps the order from being erased.',
    );
    expect(describeError(domain)).toMatchObject({ code: 'legal_hold', message: domain.message });
    const details = {
      vendor: 'Lever',
      operation: 'GET /stages',
      fate: 'answered',
      vendorMessage: SECRET,
    } as const;
    const upstream = new UpstreamError('rejected', { ...details, status: 400 });
    expect(reasonOf(upstream)).toBe('Lever: GET /stages rejected (HTTP 400)');
    expect(JSON.stringify(describeError(upstream))).not.toContain(SECRET);
  });

  it('says next to nothing of what is no error, or has a name that is none', () => {
    expect(describeError(SECRET)).toEqual({ type: 'string' });
    const named = Object.assign(new Error('x'), { name: SECRET, code: SECRET, stack: SECRET });
    expect(describeError(named)).toEqual({ type: 'Error' });
  });
});
