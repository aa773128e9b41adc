import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newOrder } from '../domain/new-order.js';
import type { ReportWarning } from '../domain/report-warning.js';
import { showOrder } from './show-order.js';
import { SHOWN_STATUSES } from './shown-status.js';

const messagesOf = (...codes: string[]): string[] => {
  const order = newOrder(
    {
      installationId: '0193b1a2-0000-7000-8000-000000000001',
      opportunityId: '0193b1a2-0000-7000-8000-000000000002',
      settingsVersion: 1,
      triggeredAt: new Date('2026-11-26T08:00:00Z'),
      triggerStageId: null,
      deliveryId: null,
      before: null,
    },
    '0193b1a2-0000-7000-8000-000000000003',
    new Date('2026-11-26T08:00:00Z'),
  );
  const reportWarnings = codes.map((code) => ({ code, details: ['…'] })) as ReportWarning[];
  const shown = showOrder({ ...order, reportWarnings }, { provider: null, tracking: null });
  return shown.warnings.map(({ message }) => message);
};

describe('a warning of an order', () => {
  it('says what is to be done', () => {
    expect(messagesOf('tag_not_removed')).toEqual([
      'These old tags stay on the opportunity. Remove them there, and from its posting if it gives them. By itself the service tries again after a minute, and then ever less often, at last once a week.',
    ]);
  });

  it('that only a newer version knows is told by its code', () => {
    expect(messagesOf('file_not_removed', 'constructor')).toEqual(['file not removed', 'constructor']);
  });
});

describe('the status of an order', () => {
  it('is in the page for who looks for a result as it is shown, and none that is not', () => {
    const [, section = ''] = readFileSync('docs/no-result.md', 'utf8').split('## What the order says');
    const told = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, status]) => status);
    expect(new Set(told)).toEqual(new Set(SHOWN_STATUSES));
    // Each row has one, at its beginning.
    expect(told).toHaveLength(section.split('\n').filter((line) => line.startsWith('| `')).length);
  });
});
