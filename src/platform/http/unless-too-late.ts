import { DecoratorHandler, type Dispatcher } from 'undici';
import type { HoldReason } from './call-observer.js';

/** Code of a call that was not made, for its turn came too late. */
export const TOO_LATE: HoldReason = 'too_late';

/** There is a connection by now, and nothing was sent on it. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
  readonly code = TOO_LATE;
}

/**
 * Looks at the time once more when there is a connection and right before the first byte is sent. A process that stood still while
 * the connection was made meets it before it meets any time limit that has run out meanwhile.
 */
export const unlessTooLate =
  (isTooLate: () => boolean): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, new Punctual(handler, isTooLate));

class Punctual extends DecoratorHandler {
  constructor(
    private readonly handler: Dispatcher.DispatchHandler,
    private readonly isTooLate: () => boolean,
  ) {
    super(handler);
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.handler.onRequestStart?.(controller, context);
    if (this.isTooLate()) controller.abort(new NotBegun());
  }
}
