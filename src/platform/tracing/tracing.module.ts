import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { startTracing, type Tracing } from './start-tracing.js';
import { Stories } from './stories.js';

const TRACING = Symbol('tracing');

/** Traces from the door to the last tag, where a collector is configured; else nothing of it is loaded. */
@Global()
@Module({
  providers: [
    Stories,
    {
      provide: TRACING,
      inject: [appConfig.KEY],
      useFactory: async ({ tracing }: AppConfig): Promise<Tracing | null> => {
        const logger = new Logger(TracingModule.name);
        return tracing && startTracing(tracing, () => logger.warn('traces could not be sent'));
      },
    },
  ],
  exports: [Stories],
})
export class TracingModule implements OnApplicationShutdown {
  constructor(@Inject(TRACING) private readonly tracing: Tracing | null) {}

  /** After the last job has ended: Nest calls this hook last. */
  async onApplicationShutdown(): Promise<void> {
    await this.tracing?.stop();
  }
}
