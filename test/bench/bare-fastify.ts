import fastify from 'fastify';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Pool } from 'pg';

// The peer of `npm run bench:intake`: the least that a receiver of Lever's webhooks can do. It checks the signature
// and inserts one row, in a transaction of its own, before it answers.

interface Body {
  token: string;
  triggeredAt: number;
  signature: string;
}

const { DATABASE_URL, PORT, SIGNATURE_TOKEN = '' } = process.env;
const pool = new Pool({ connectionString: DATABASE_URL, max: 10 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare_deliveries (token text PRIMARY KEY, body jsonb NOT NULL, received_at timestamptz NOT NULL)',
);

const app = fastify();
app.get('/health/ready', () => ({ status: 'ok' }));
app.post<{ Body: Body }>('/webhook', async (request, reply) => {
  const { token, triggeredAt, signature } = request.body;
  const expected = createHmac('sha256', SIGNATURE_TOKEN).update(`${token}${triggeredAt}`).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return reply.code(401).send({ refused: true });
  }
  await pool.query('INSERT INTO bare_deliveries VALUES ($1, $2, now()) ON CONFLICT DO NOTHING', [
    token,
    JSON.stringify(request.body),
  ]);
  return { received: true };
});
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
