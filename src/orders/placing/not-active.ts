/** The installation does not order at present; work in hand waits until it does again. */
export class NotActive extends Error {
  override readonly name = 'NotActive';

  constructor(installationId: string) {
    super(`installation ${installationId} is not active`);
  }
}
