import { Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, SystemClock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { ServicePause } from '../pause/service-pause.js';
import { Breakers } from './breakers.js';
import { DEFAULT_HTTP_LIMITS, JsonClient } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';
import { RateBuckets } from './rate-buckets.js';
import { RateLimiter } from './rate-limiter.js';
import { SharedRateLimiter } from './shared-rate-limiter.js';

/** What adapters need to call vendors. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    Breakers,
    {
      provide: OutgoingHosts,
      useFactory: (config: AppConfig) => OutgoingHosts.of(config),
      inject: [appConfig.KEY],
    },
    {
      provide: JsonClient,
      useFactory: (hosts: OutgoingHosts, clock: Clock, breakers: Breakers, pause: ServicePause) =>
        new JsonClient(hosts, clock, DEFAULT_HTTP_LIMITS, breakers, () => !pause.isPaused),
      inject: [OutgoingHosts, Clock, Breakers, ServicePause],
    },
    {
      provide: RateLimiter,
      useFactory: (dataSource: DataSource) => new SharedRateLimiter(new RateBuckets(dataSource)),
      inject: [DataSource],
    },
  ],
  exports: [Breakers, JsonClient, RateLimiter, OutgoingHosts],
})
export class HttpModule {}
