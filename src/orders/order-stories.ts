import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Stories } from '../platform/tracing/stories.js';

/** Knows under which trace an order was opened. */
@Injectable()
export class OrderStories {
  constructor(stories: Stories, dataSource: DataSource) {
    stories.foundBy(async ({ installationId, orderId }) => {
      const [row] = await dataSource.query<{ traceparent: string | null }[]>(
        'SELECT traceparent FROM orders WHERE installation_id = $1 AND id = $2',
        [installationId, orderId],
      );
      return row?.traceparent ?? null;
    });
  }
}
