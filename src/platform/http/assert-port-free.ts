import { createServer } from 'node:net';

/** @throws what listening there would throw, such as `EADDRINUSE`; it may still be taken a moment later */
export function assertPortFree({ host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((free, taken) => {
    const probe = createServer();
    probe.once('error', taken);
    probe.listen(port, host, () => probe.close(() => free()));
  });
}
