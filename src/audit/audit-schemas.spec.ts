import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { AUDIT_SCHEMAS, checkedData, type AuditAction } from './audit-schemas.js';

const ID = '0199a3c1-7d7e-7c3a-9b1e-2f6a4c8d9e01';
const about = { actor: 'admin_key:x', installationId: ID };

/** What a person can be told by, and what may not be told at all. */
const TELLING = [
  'Ana Ruiz',
  'ana.ruiz@example.com',
  '+1 (415) 226-0134',
  'Zoë',
  'https://victig.example/interchangeview/?a=key',
  'Bearer 0123456789',
];

describe('what the audit trail can say (A1)', () => {
  it('is one closed shape for each action: nothing can be added to it', () => {
    for (const [action, schema] of Object.entries(AUDIT_SCHEMAS)) {
      const extra = schema.safeParse({ note: 'Ana Ruiz' });
      expect(
        extra.error?.issues.map(({ code }) => code),
        action,
      ).toContain('unrecognized_keys');
    }
  });

  it.each(Object.entries(AUDIT_SCHEMAS))('holds neither names nor addresses: %s', (action, schema) => {
    for (const text of TELLING) {
      const everywhere = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, text]));
      const lists = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, [text]]));
      for (const data of [everywhere, lists]) {
        const parsed = schema.safeParse(data);
        // What a vendor made is left out where it does not look like an id; all else is refused.
        expect(JSON.stringify(parsed.data ?? null), `${action}: ${text}`).not.toContain(text);
      }
    }
  });

  it('takes what fits, and says of a vendor only what looks like an id', () => {
    const placed = { orderGuid: 'ab-12', fileNumber: '4711', found: false };
    const entry = { action: 'victig.order_placed', data: placed } as const;
    expect(checkedData({ ...entry, ...about })).toEqual(placed);
    const odd = { ...entry, data: { ...placed, fileNumber: 'of Ana Ruiz' } };
    expect(checkedData({ ...odd, ...about })).toEqual({ ...placed, fileNumber: 'unreadable' });
  });

  it.each([
    ['an actor that is a person', { actor: 'admin_key:Ana Ruiz' }],
    ['an opportunity that is an address', { opportunityId: 'ana@example.com' }],
    ['an installation that is none', { installationId: 'Acme' }],
    ['data of another action', { data: { tokenId: ID } }],
    ['a reason in words', { action: 'order.hold_set', data: { reason: 'because of Ana Ruiz' } }],
  ])('refuses %s', (_what, wrong) => {
    const right = { ...about, action: 'installation.paused', data: { from: 'active' } };
    expect(() => checkedData({ ...right, ...wrong } as AuditAction & typeof about)).toThrow(ZodError);
  });
});
