import { startSandbox } from './start-sandbox.ts';

const port = Number(process.env['SANDBOX_PORT'] ?? 4000);

try {
  const sandbox = await startSandbox({ port });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void sandbox.close();
    });
  }
  console.log(`Sandbox Lever and VICTIG at ${sandbox.url}`);
} catch (error) {
  console.error(faultOf(error));
  process.exitCode = 1;
}

function faultOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port} is taken: stop what uses it, or set SANDBOX_PORT to another one.`;
  }
  return `The sandbox could not start: ${error instanceof Error ? error.message : String(error)}`;
}
