import { describe, expect, it } from 'vitest';
import { UpstreamError, type UpstreamErrorDetails, type UpstreamFailure } from './upstream-error.js';
import { vendorProblem } from './vendor-problem.js';

const problemOf = (failure: UpstreamFailure, details: Partial<UpstreamErrorDetails> = {}) =>
  vendorProblem(
    new UpstreamError(failure, {
      vendor: 'Lever',
      operation: 'POST /webhooks',
      fate: 'answered',
      ...details,
    }),
  );

describe('what a failed vendor call means to an admin', () => {
  it('names the permission that the credentials lack', () => {
    expect(problemOf('unauthorized', { status: 403, permission: 'webhooks:write:admin' })).toEqual({
      status: 409,
      code: 'lever_refused',
      detail:
        "Lever refuses POST /webhooks (HTTP 403): the installation's credentials lack the permission webhooks:write:admin. Grant it there, or connect with credentials that have it.",
    });
  });

  it('asks for valid credentials, and names what they must be allowed to do', () => {
    expect(problemOf('unauthorized', { status: 401, permission: 'stages:read:admin' }).detail).toMatch(
      /HTTP 401.*valid ones that have the permission stages:read:admin\.$/,
    );
  });

  it('does not invent a permission where none is known', () => {
    const { code, detail } = problemOf('unauthorized', { vendor: 'VICTIG', status: 403 });
    expect(code).toBe('victig_refused');
    expect(detail).not.toMatch(/permission/);
  });

  it('sends whoever runs the service to its OAuth client where that is what is refused', () => {
    const { code, detail } = problemOf('unauthorized', { status: 401, code: 'invalid_client' });
    expect(code).toBe('lever_refused');
    expect(detail).toMatch(/OAuth client id and secret\.$/);
  });

  it('says what to set where calls are sent on to another host', () => {
    expect(problemOf('malformed', { status: 307, code: 'sent_elsewhere' }).detail).toMatch(
      /set the URL of Lever's API to that host\.$/,
    );
  });

  it('says that nothing was changed only when that is certain', () => {
    expect(problemOf('unavailable', { fate: 'unknown' }).detail).toMatch(/may have been carried out/);
    expect(problemOf('unavailable', { fate: 'not_sent' }).detail).toMatch(/Nothing was changed/);
    expect(problemOf('timed_out', { fate: 'unknown', operation: 'GET /stages' })).toMatchObject({
      status: 502,
      code: 'vendor_failed',
      detail: expect.stringMatching(/Nothing was changed/) as string,
    });
  });
});
