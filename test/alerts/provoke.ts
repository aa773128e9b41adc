import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { MISFORTUNES } from './misfortunes.js';
import { firing } from './prometheus.js';
import { folder, stages } from './stage.js';

/** Each needs a service of its own and waits most of the time: in several files they wait beside one another. */
export function provokePart(part: number, parts: number): void {
  const mine = MISFORTUNES.filter((_misfortune, index) => index % parts === part - 1);
  describe.skipIf(folder === null)(`alerts on a real Prometheus, part ${part} of ${parts}`, () => {
    const { set } = stages();

    it.each(mine)('tell of $of: $alerts', async (misfortune) => {
      const stage = await set(misfortune);
      // One that only begins to be considered, on a machine that is busy with other tests, passes.
      expect(firing(await stage.prometheus.alerts())).toEqual([]);
      await eventually(async () => expect(await stage.prometheus.alerts()).toEqual([]));
      await misfortune.happens(stage);
      await eventually(async () => {
        misfortune.goesOn?.(stage);
        const alerts = await stage.prometheus.alerts();
        expect(firing(alerts)).toEqual(expect.arrayContaining([...misfortune.alerts]));
        for (const { annotations } of alerts) expect(annotations['summary']).not.toMatch(/<no value>|<error/);
      }, 90_000);
    });
  });
}
