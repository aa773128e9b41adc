/**
 * Thrown by the work of a job that a person has to make possible first: no try of it is used up, however long that takes, and
 * whoever knows that it is possible again hurries it.
 */
export class WaitsForPerson extends Error {
  override readonly name = 'WaitsForPerson';

  /** @param cause an error of ours, whose message may be written down */
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}
