import { describe, expect, it } from 'vitest';
import { withoutOtherClients } from './withheld-reason.js';

const mapped = (warnings: string[], why: { reason?: string }) => ({
  product: 'Criminal Package 1',
  warnings,
  sources: [
    { field: 'product', source: 'settings.defaultProduct', reason: 'The default is ordered.' },
    { field: 'client', source: 'tag', ...why },
  ],
});

describe('the mapping that a bound key is told of', () => {
  it('has no reason for the client where several fit, and all else (A5)', () => {
    const warnings = ['reference_missing', 'sub_client_ambiguous'];
    expect(withoutOtherClients(mapped(warnings, { reason: 'Rival Foods and Rival Motors fit.' }))).toEqual(
      mapped(warnings, {}),
    );
  });

  it.each<object>([
    mapped(['sub_client_not_found'], { reason: 'No client fits.' }),
    mapped([], { reason: 'A tag asks for it.' }),
    { ...mapped(['sub_client_ambiguous'], {}), sources: null },
    { product: 'Criminal Package 1', warnings: ['sub_client_ambiguous'] },
    { deliveryId: null },
  ])('is all that the event tells elsewhere: %j', (data) => {
    expect(withoutOtherClients(data)).toBe(data);
  });
});
