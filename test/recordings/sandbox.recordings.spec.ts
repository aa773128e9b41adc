import { afterAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../../sandbox/spec/use-sandbox.ts';
import { ALLOWED_DIFFERENCES } from './sandbox.differences.ts';
import { readExchanges, RECORDINGS_ARE_HERE } from './sandbox.exchanges.ts';
import { differences, shapeOf } from './sandbox.shape.ts';
import { STAGINGS } from './sandbox.staging.ts';

if (!RECORDINGS_ARE_HERE) {
  process.stdout.write('Skipped: ../shared/recordings is not there, so there is nothing to compare with.\n');
}

describe.runIf(RECORDINGS_ARE_HERE)('the sandbox answers as the real vendors did', () => {
  const at = useSandbox();
  const exchanges = readExchanges();
  const met = new Set<string>();

  it.each(exchanges)('$name', async (exchange) => {
    const staging = STAGINGS[exchange.name];
    if (!staging) throw new Error(`${exchange.name} has no staging`);
    const { path, body } = await staging(at, exchange);
    const call = exchange.name.startsWith('lever/') ? at.lever : at.victig;
    const answer = await call(exchange.method, path, body);

    expect(answer.status).toBe(exchange.status);
    for (const [name, value] of Object.entries(exchange.responseHeaders)) {
      expect([name, answer.headers.get(name)]).toEqual([name, value]);
    }
    const found = differences(shapeOf(exchange.responseBody), shapeOf(answer.body));
    for (const difference of found) met.add(`${exchange.name}: ${difference}`);
    const allowed = ALLOWED_DIFFERENCES.filter((entry) => entry.exchange === exchange.name);
    expect(found).toEqual(allowed.map(({ difference }) => difference));
  });

  it('covers every recorded exchange', () => {
    expect(new Set(exchanges.map(({ name }) => name))).toEqual(new Set(Object.keys(STAGINGS)));
  });

  afterAll(() => {
    const lines = ALLOWED_DIFFERENCES.map(
      ({ exchange, difference, reason }) => `  ${exchange}: ${difference} (${reason})`,
    );
    process.stdout.write(`Differences from the recorded traffic: ${met.size}\n${lines.join('\n')}\n`);
  });
});
