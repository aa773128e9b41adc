import { z } from 'zod';
import { optionalText, unset, webUrl, yesOrNo } from './variable-types.js';

// The names are OpenTelemetry's own. What is not read here, such as certificates and compression, its exporter reads.

const SERVICE_NAME = 'lever-victig';

const readHeaders = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );

const headers = z.preprocess(
  unset,
  z
    .string()
    .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/)
    .transform((text, context) => {
      try {
        return readHeaders(text);
      } catch {
        context.addIssue('a value is not percent-encoded');
        return z.NEVER;
      }
    })
    .optional(),
);

export const otelVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z.preprocess(unset, webUrl(undefined).optional()),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.preprocess(unset, webUrl(undefined).optional()),
  OTEL_EXPORTER_OTLP_HEADERS: headers,
  OTEL_SERVICE_NAME: optionalText,
  OTEL_SDK_DISABLED: yesOrNo,
  OTEL_TRACES_SAMPLER_ARG: z.preprocess(unset, z.coerce.number().min(0).max(1).default(1)),
};

export const OTEL_REMEDIES: Record<keyof typeof otelVariables, string> = {
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'Give the URL of a collector that takes OTLP over HTTP, such as http://otel-collector:4318.',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'Give the whole URL for traces, with its /v1/traces.',
  OTEL_EXPORTER_OTLP_HEADERS: 'Give name=value pairs separated by commas.',
  OTEL_SERVICE_NAME: 'Give the name under which traces are shown.',
  OTEL_SDK_DISABLED: 'Give true or false.',
  OTEL_TRACES_SAMPLER_ARG: 'Give the part of traces to record, from 0 to 1.',
};

/** Null: traces are off. */
export function tracingConfigOf(read: z.infer<z.ZodObject<typeof otelVariables>>) {
  const base = read.OTEL_EXPORTER_OTLP_ENDPOINT;
  const endpoint =
    read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base === undefined ? undefined : `${base}/v1/traces`);
  if (endpoint === undefined || read.OTEL_SDK_DISABLED) return null;
  return {
    endpoint,
    headers: read.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: read.OTEL_SERVICE_NAME ?? SERVICE_NAME,
    ratio: read.OTEL_TRACES_SAMPLER_ARG,
  };
}
