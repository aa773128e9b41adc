import { Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, SystemClock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { ServicePause } from '../pause/service-pause.js';
import { Breakers } from './breakers.js';
import { DEFAULT_HTTP_LIMITS, JsonClient } from './json-client.js';
import { MeasureVendors } from './measure-vendors.js';
import { MeteredCalls } from './metered-calls.js';
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
    MeteredCalls,
    MeasureVendors,
    {
      provide: OutgoingHosts,
      useFactory: (config: AppConfig) => OutgoingHosts.of(config),
      inject: [appConfig.KEY],
    },
    {
      provide: JsonClient,
      useFactory: (
        hosts: OutgoingHosts,
        clock: Clock,
        breakers: Breakers,
        meter: MeteredCalls,
        pause: ServicePause,
      ) => new JsonClient(hosts, clock, DEFAULT_HTTP_LIMITS, breakers, meter, () => !pause.isPaused),
      inject: [OutgoingHosts, Clock, Breakers, MeteredCalls, ServicePause],
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
