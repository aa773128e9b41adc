import { Inject, Injectable } from '@nestjs/common';
import { appConfig, type AppConfig } from '../config/app-config.js';
import type { CallSubject } from '../http/vendor-calls.js';

/** Answers the `traceparent` under which the story of an order began; null when it was not traced. */
type FindStory = (subject: CallSubject) => Promise<string | null>;

/** Where the trace of an order is looked up, so that days later its work belongs to the same trace. */
@Injectable()
export class Stories {
  private find: FindStory = () => Promise.resolve(null);
  private readonly areTold: boolean;

  constructor(@Inject(appConfig.KEY) { tracing }: Pick<AppConfig, 'tracing'>) {
    this.areTold = tracing !== null;
  }

  foundBy(find: FindStory): void {
    this.find = find;
  }

  /** Null also while traces are off: nobody is asked then. */
  async of(subject: CallSubject | null): Promise<string | null> {
    return this.areTold && subject !== null ? this.find(subject) : null;
  }
}
