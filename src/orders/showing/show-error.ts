import { Injectable } from '@nestjs/common';
import { Handles, type JobHandler } from '../../platform/jobs/job-handler.js';
import { showError, type OrderJob } from '../jobs.js';
import { OrderTrouble } from '../order-trouble.js';

/** Looks whether `Error` is due at the time when it was to be. */
@Handles(showError)
@Injectable()
export class ShowError implements JobHandler<OrderJob> {
  constructor(private readonly trouble: OrderTrouble) {}

  handle(job: OrderJob): Promise<void> {
    return this.trouble.showIfDue(`job:${showError.name}`, job);
  }
}
