import { describe, expect, it } from 'vitest';
import { NotConnected } from '../installations/vendor-credentials.js';
import { UpstreamError, type UpstreamErrorDetails } from '../platform/errors/upstream-error.js';
import { DAY_USED_UP, HELD_BACK, VENDOR_PAUSE } from '../platform/http/paced-client.js';
import { failureOf } from './order-trouble.js';
import { NOT_CERTIFIED } from './ports/screening-provider.js';

const details = (more: Partial<UpstreamErrorDetails> = {}): UpstreamErrorDetails => ({
  vendor: 'VICTIG',
  operation: 'POST /clients/:client/orders',
  fate: 'not_sent',
  ...more,
});

describe('what counts as trouble of an order (S3)', () => {
  it('is every failure of a vendor, and missing credentials', () => {
    expect(failureOf(new UpstreamError('timed_out', details()))?.failure).toBe('timed_out');
    expect(failureOf(new UpstreamError('rate_limited', details({ status: 429 })))?.failure).toBe(
      'rate_limited',
    );
    expect(failureOf(new NotConnected('installation', 'Lever'))?.failure).toBe('unauthorized');
  });

  it('is a certification that is missing, in words of its own (V5)', () => {
    expect(failureOf(new UpstreamError('unauthorized', details({ code: NOT_CERTIFIED })))).toEqual({
      failure: 'unauthorized',
      message: 'no certification of permissible purpose is recorded',
    });
  });

  it('is a pause that the vendor asked for, and a day whose calls are made, though no call was made (S3)', () => {
    const failureWith = (code: string) => failureOf(new UpstreamError('rate_limited', details({ code })));
    expect(failureWith(VENDOR_PAUSE)).toEqual({
      failure: 'rate_limited',
      message: 'VICTIG asked for a pause, and is not called',
    });
    expect(failureWith(DAY_USED_UP)).toEqual({
      failure: 'rate_limited',
      message: 'the calls of the day to VICTIG are used up',
    });
  });

  it('is not a turn that is waited for in a backlog of ours, nor a fault of ours (F3)', () => {
    expect(failureOf(new UpstreamError('rate_limited', details({ code: HELD_BACK })))).toBeNull();
    expect(failureOf(new Error('a bug'))).toBeNull();
  });
});
