export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TEXT = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * The same metrics in the newer form: families of counters are named without `_total`, no line is empty, and the end is
 * marked. prom-client's own renames the counters for good, so that it cannot answer both forms in turn.
 * @param text in Prometheus' form
 */
export function openMetricsOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\w+)_total counter$/.exec(line)?.[1] ?? []));
  const renamed = lines.map((line) =>
    line.replace(/^(# (?:HELP|TYPE) )(\w+)_total /, (whole, start: string, family: string) =>
      counters.has(family) ? `${start}${family} ` : whole,
    ),
  );
  return `${renamed.join('\n')}\n# EOF\n`;
}

/** Whether the newer form was asked for, by what the Accept header names and puts no lower than the older one. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  const quality = (type: string): number =>
    Math.max(
      0,
      ...(accept ?? '')
        .split(',')
        .map((range) => range.split(';').map((part) => part.trim().toLowerCase()))
        .filter(([name]) => name === type)
        .map((parts) => Number(parts.find((part) => part.startsWith('q='))?.slice(2) ?? 1)),
    );
  const wanted = quality('application/openmetrics-text');
  return wanted > 0 && wanted >= quality('text/plain');
}
