import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { readOptions, UsageError } from './options.ts';
import { say } from './report.ts';
import { run } from './run.ts';

// `npm run test:chaos`: everything goes wrong at once, and nothing may be lost, nothing may happen twice.

const takeDown = new AsyncDisposableStack();
/** Ended from outside: nothing of the run may stay behind. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void takeDown.disposeAsync().finally(() => process.exit(130)));
}

try {
  const options = readOptions(process.argv.slice(2));
  buildIfNeeded();
  const { orders, seed } = options;
  say(`Chaos: ${orders} stage changes, seed ${seed}`);
  const findings = await run(options, takeDown);
  say(
    findings.length === 0 ? 'Nothing lost, nothing twice.' : `Deviations found; repeat with --seed ${seed}.`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 2;
} finally {
  await takeDown.disposeAsync();
}
