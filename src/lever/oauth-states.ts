import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { AuditTrail } from '../audit/audit-trail.js';
import { Callers } from '../platform/access/callers.js';
import { Clock } from '../platform/clock.js';
import { Transactions } from '../platform/database/transactions.js';

/** Long enough for a link to be sent to the Super Admin who has to agree. */
const LIFETIME_MS = 24 * 3_600_000;

const STATE = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([\w-]{43})$/;

/** For whom a link was made, and by whom. */
export interface OAuthErrand {
  installationId: string;
  actor: string;
}

const hashOf = (state: string): Buffer => createHash('sha256').update(state).digest();

/** The `state` of OAuth links: good once, for one installation, as long as the key that asked for it is valid (I4). */
@Injectable()
export class OAuthStates {
  constructor(
    private readonly transactions: Transactions,
    private readonly callers: Callers,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  async make(actor: string, installationId: string): Promise<string> {
    const state = `${installationId}.${randomBytes(32).toString('base64url')}`;
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + LIFETIME_MS);
    await this.transactions.run(async (tx) => {
      await tx.manager.query(
        'DELETE FROM lever_oauth_states WHERE installation_id = $1 AND expires_at <= $2',
        [installationId, now],
      );
      await tx.manager.query(
        'INSERT INTO lever_oauth_states (installation_id, state_hash, actor, expires_at) VALUES ($1, $2, $3, $4)',
        [installationId, hashOf(state), actor, expiresAt],
      );
      await this.audit.record(tx, {
        action: 'lever.oauth_link_made',
        data: { expiresAt: expiresAt.toISOString() },
        actor,
        installationId,
      });
    });
    return state;
  }

  /** Uses a state up. Null when it was never made, was used, has expired, or the key that asked for it is gone. */
  async use(state: string): Promise<OAuthErrand | null> {
    const installationId = STATE.exec(state)?.[1];
    if (installationId === undefined) return null;
    const now = this.clock.now();
    const [used] = await this.transactions.run((tx) =>
      tx.manager.query<[{ actor: string }[], number]>(
        `UPDATE lever_oauth_states SET used_at = $3
         WHERE installation_id = $1 AND state_hash = $2 AND used_at IS NULL AND expires_at > $3
         RETURNING actor`,
        [installationId, hashOf(state), now],
      ),
    );
    const actor = used[0]?.actor;
    if (actor === undefined || !(await this.callers.mayStillAct(actor))) return null;
    return { installationId, actor };
  }
}
