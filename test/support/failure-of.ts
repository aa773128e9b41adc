import {
  UpstreamError,
  type UpstreamFailure,
  type UpstreamErrorDetails,
} from '../../src/platform/errors/upstream-error.js';

/** How a call failed; fails the test when it did not, or with something else than an `UpstreamError`. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<UpstreamErrorDetails & { failure: UpstreamFailure; message: string }> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamError)) throw error;
  return { failure: error.failure, message: error.message, ...error.details };
}
