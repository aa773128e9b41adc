import { Injectable } from '@nestjs/common';
import { NotCanonical } from '../platform/crypto/canonical-json.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { AuditChains, dataOf, type ChainedEntry, type Queries } from './audit-chains.js';
import { digestOf, linkOf, NO_HASH } from './audit-hash.js';
import { CheckpointVerifier } from './verify-checkpoints.js';

export const AUDIT_FAULTS = ['changed', 'missing', 'inserted', 'rewritten', 'head_changed'] as const;
/**
 * `changed` the entry is not what was written · `missing` it is gone · `inserted` it was never written by the service ·
 * `rewritten` the chain is whole up to here, but a checkpoint sealed another one · `head_changed` the entry is whole,
 * but the end of the chain that is kept beside it says otherwise
 */
export type AuditFault = (typeof AUDIT_FAULTS)[number];

export interface FaultyEntry {
  /** Of an entry that is gone it is known only while the next one is there. */
  id: string | null;
  seq: number;
  installationId: string;
  fault: AuditFault;
}

export interface Verification {
  ok: boolean;
  /** In the order of installations, and of each one's chain. */
  first: FaultyEntry | null;
  /** The first checkpoint that cannot be believed. */
  brokenCheckpoint: number | null;
  entries: number;
  checkpoints: number;
}

/** What is known of a chain up to where it was read. */
interface Reached {
  seq: bigint;
  id: string | null;
  hash: Buffer;
}

/** Reads the trail from its beginning and names the first entry that is not as it was written (A2). */
@Injectable()
export class AuditVerifier {
  constructor(
    private readonly chains: AuditChains,
    private readonly checkpoints: CheckpointVerifier,
  ) {}

  /** @param only the one installation that is to be verified; null for all and the service's own chain */
  async verify(only: string | null): Promise<Verification> {
    const { count, firstBroken } = await this.checkpoints.verify();
    let entries = 0;
    let first: FaultyEntry | null = null;
    for await (const chain of only === null ? this.chains.all() : [only]) {
      const read = await this.verifyChain(chain, firstBroken);
      entries += read.entries;
      first = read.fault;
      if (first) break;
    }
    return {
      ok: first === null && firstBroken === null,
      first,
      brokenCheckpoint: firstBroken === null ? null : Number(firstBroken),
      entries,
      checkpoints: count,
    };
  }

  private async verifyChain(
    installationId: string,
    untrusted: bigint | null,
  ): Promise<{ entries: number; fault: FaultyEntry | null }> {
    let reached: Reached = { seq: 0n, id: null, hash: NO_HASH };
    let entries = 0;
    for (;;) {
      for await (const { entry, sealed } of this.chains.places(installationId, reached.seq)) {
        const isTrusted = sealed !== null && (untrusted === null || sealed.checkpoint < untrusted);
        const fault = faultOf(entry, reached, isTrusted ? sealed.hash : null);
        if (fault) return { entries, fault };
        reached = entry;
        entries += 1;
      }
      const { head, lastSeq, sealedSeq } = await this.chains.end(installationId, untrusted);
      // Entries were added while the chain was read.
      if (lastSeq > reached.seq) continue;
      if ((head?.seq ?? 0n) < reached.seq) {
        return { entries, fault: await this.firstBehind(installationId, head?.seq ?? 0n) };
      }
      return { entries, fault: faultOfEnd(installationId, reached, head, sealedSeq) };
    }
  }

  /** The first entry behind the end that is kept of the chain: the service never wrote it. */
  private async firstBehind(installationId: string, headSeq: bigint): Promise<FaultyEntry | null> {
    for await (const { entry } of this.chains.places(installationId, headSeq)) {
      return at(installationId, entry.seq, entry.id, 'inserted');
    }
    return null;
  }
}

/** A verifier on a connection of one's own: for a command, or inside a transaction. */
export const auditVerifierOn = (database: Queries, config: Pick<AppConfig, 'encryption'>): AuditVerifier =>
  new AuditVerifier(new AuditChains(database), new CheckpointVerifier(database, config));

function faultOf(entry: ChainedEntry, before: Reached, sealedHash: Buffer | null): FaultyEntry | null {
  const named = (fault: AuditFault): FaultyEntry => at(entry.installationId, entry.seq, entry.id, fault);
  if (entry.seq <= before.seq) return named('inserted');
  if (entry.seq > before.seq + 1n) {
    // Only the last of those that are gone is named by the one behind it.
    const id = entry.seq === before.seq + 2n ? entry.previousId : null;
    return at(entry.installationId, before.seq + 1n, id, 'missing');
  }
  if (!isLinked(entry, before)) return named('changed');
  return sealedHash && !sealedHash.equals(entry.hash) ? named('rewritten') : null;
}

function isLinked(entry: ChainedEntry, before: Reached): boolean {
  if (entry.previousId !== before.id) return false;
  try {
    const digest = digestOf({ ...entry, data: dataOf(entry) });
    return linkOf(before.hash, entry.seq, digest).equals(entry.hash);
  } catch (error) {
    if (error instanceof NotCanonical) return false;
    throw error;
  }
}

function faultOfEnd(
  installationId: string,
  reached: Reached,
  head: { seq: bigint; id: string | null; hash: Buffer } | null,
  sealedSeq: bigint,
): FaultyEntry | null {
  const headSeq = head?.seq ?? 0n;
  if (headSeq > reached.seq || sealedSeq > reached.seq) {
    const id = headSeq === reached.seq + 1n ? (head?.id ?? null) : null;
    return at(installationId, reached.seq + 1n, id, 'missing');
  }
  const isSame = head === null || (head.hash.equals(reached.hash) && head.id === reached.id);
  return isSame ? null : at(installationId, reached.seq, reached.id, 'head_changed');
}

const at = (installationId: string, seq: bigint, id: string | null, fault: AuditFault): FaultyEntry => ({
  id,
  seq: Number(seq),
  installationId,
  fault,
});
