import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import type { AppConfig } from '../config/app-config.js';
import { REPLICA } from '../replica.js';
import { VERSION } from '../version.js';

/** What is not sent in so long at a shutdown is lost. */
const FLUSH_MS = 5_000;

/** Traces that are on. */
export interface Tracing {
  /** Sends what is left, and turns them off. */
  stop(): Promise<void>;
}

/**
 * Has spans recorded and sent to a collector.
 * @param onError told when spans cannot be sent; they are dropped, and work goes on
 */
export async function startTracing(
  { endpoint, headers, serviceName, ratio }: NonNullable<AppConfig['tracing']>,
  onError: () => void,
): Promise<Tracing> {
  // Loaded only where they are wanted.
  const [sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
    ]);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': VERSION,
      'service.instance.id': REPLICA,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: endpoint, headers: { ...headers } }),
      }),
    ],
  });
  // What it says may hold anything, the collector's address and answer among it: only that it said it counts.
  const quiet = (): void => undefined;
  diag.setLogger(
    { error: onError, warn: onError, info: quiet, debug: quiet, verbose: quiet },
    DiagLogLevel.WARN,
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      await provider.forceFlush({ timeoutMillis: FLUSH_MS }).catch(onError);
      await provider.shutdown().catch(onError);
      trace.disable();
      context.disable();
      diag.disable();
    },
  };
}
