import { createServer } from 'node:net';

/** Throws one sentence that names the port when another program has it. */
export async function assertPortFree(port: number, variable: string): Promise<void> {
  await new Promise<void>((free, busy) => {
    const probe = createServer();
    probe.once('error', () =>
      busy(
        new Error(
          `Port ${port} is in use by another program: stop it, or choose another with ${variable}=<port> npm start.`,
        ),
      ),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => free()));
  });
}
