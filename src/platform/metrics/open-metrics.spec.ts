import { describe, expect, it } from 'vitest';
import { openMetricsOf, wantsOpenMetrics } from './open-metrics.js';

describe('metrics in the newer form', () => {
  it('names families of counters without their ending, and leaves samples and other families alone', () => {
    const text = [
      '# HELP seen_total What was seen',
      '# TYPE seen_total counter',
      'seen_total{by="us"} 3',
      '',
      '# HELP handles_total Of a gauge that is called so',
      '# TYPE handles_total gauge',
      'handles_total 7',
      '',
    ].join('\n');
    expect(openMetricsOf(text)).toBe(
      [
        '# HELP seen What was seen',
        '# TYPE seen counter',
        'seen_total{by="us"} 3',
        '# HELP handles_total Of a gauge that is called so',
        '# TYPE handles_total gauge',
        'handles_total 7',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['text/plain', false],
    ['application/openmetrics-text', true],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.8', false],
    ['application/openmetrics-text;version=1.0.0;q=0', false],
    // As Prometheus 2.42 and 3.5 ask.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      true,
    ],
  ])('is answered to "%s": %s', (accept, isWanted) => {
    expect(wantsOpenMetrics(accept)).toBe(isWanted);
  });
});
