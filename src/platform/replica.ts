import { randomBytes } from 'node:crypto';

/** Names this process among the replicas, from its start to its end. */
export const REPLICA = randomBytes(4).toString('hex');
