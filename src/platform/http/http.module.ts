import { Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, SystemClock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { JsonClient } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';
import { RateBuckets } from './rate-buckets.js';
import { RateLimiter } from './rate-limiter.js';
import { SharedRateLimiter } from './shared-rate-limiter.js';

/** What adapters need to call vendors. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    {
      provide: OutgoingHosts,
      useFactory: (config: AppConfig) => OutgoingHosts.of(config),
      inject: [appConfig.KEY],
    },
    {
      provide: JsonClient,
      useFactory: (hosts: OutgoingHosts, clock: Clock) => new JsonClient(hosts, clock),
      inject: [OutgoingHosts, Clock],
    },
    {
      provide: RateLimiter,
      useFactory: (dataSource: DataSource) => new SharedRateLimiter(new RateBuckets(dataSource)),
      inject: [DataSource],
    },
  ],
  exports: [JsonClient, RateLimiter, OutgoingHosts],
})
export class HttpModule {}
