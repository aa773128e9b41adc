import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../mapping/settings.js';
import { compareConfigurations } from './compare-configurations.js';
import type { Configuration } from './installation.js';

const configuration = (settings: object = {}, more: Partial<Configuration> = {}): Configuration => ({
  name: 'Acme',
  triggerStageIds: ['a', 'b'],
  leverPerformAs: null,
  victigClientGuid: 'main',
  certification: { certifiedBy: 'HR', certifiedAt: '2026-11-22T00:00:00Z', statement: 'Yes.' },
  settings: settingsSchema.parse({ defaultProduct: 'Criminal Package 1', ...settings }),
  ...more,
});

describe('two versions', () => {
  it('that are equal differ in nothing (I3)', () => {
    expect(compareConfigurations(configuration(), configuration())).toEqual([]);
  });

  it('are compared down to the single setting, in alphabetical order (I3)', () => {
    const before = configuration({ clientCities: { Austin: 'south', Boise: 'two' } });
    const after = configuration(
      {
        productPrefix: null,
        quickApp: { email: true, text: true },
        reorder: { afterDays: 30 },
        clientCities: { Boise: 'two', constructor: 'odd' },
      },
      { triggerStageIds: ['b', 'a'], leverPerformAs: 'user' },
    );
    expect(compareConfigurations(before, after)).toEqual([
      { path: 'leverPerformAs', before: null, after: 'user' },
      { path: 'settings.clientCities.Austin', before: 'south', after: undefined },
      { path: 'settings.clientCities.constructor', before: undefined, after: 'odd' },
      { path: 'settings.productPrefix', before: 'Product:', after: null },
      { path: 'settings.quickApp.text', before: false, after: true },
      { path: 'settings.reorder', before: 'never', after: { afterDays: 30 } },
      { path: 'triggerStageIds', before: ['a', 'b'], after: ['b', 'a'] },
    ]);
  });
});
