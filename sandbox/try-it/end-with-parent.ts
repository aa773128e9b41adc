import { isMainThread } from 'node:worker_threads';

// Loaded into the service before it starts. Whoever started it holds the other end of a channel, and lets go of it by dying, too:
// a service that is left alone keeps the port and the data, and the next start is refused. It bears to be killed at any moment.

if (isMainThread && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // What listens there must not keep a service running that has ended its work.
  process.channel.unref();
}
