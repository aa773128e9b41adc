import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash, randomBytes } from 'node:crypto';
import { Repository } from 'typeorm';
import { Clock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { Ids } from '../ids.js';
import { AdminKey } from './admin-key.entity.js';
import type { Principal } from './principal.js';

/** Where a key that was made by itself is shown, once. */
export abstract class KeyAnnouncement {
  abstract announce(key: string): void;
}

export class TerminalAnnouncement extends KeyAnnouncement {
  override announce(key: string): void {
    process.stdout.write(`A first admin key was made. It is shown only now: ${key}\n`);
  }
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** Admin API keys: recognised by their hash, expiring, revocable (A5). */
@Injectable()
export class AdminKeys implements OnApplicationBootstrap {
  constructor(
    @InjectRepository(AdminKey) private readonly rows: Repository<AdminKey>,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly announcement: KeyAnnouncement,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** `ADMIN_API_KEY` is a key; without it and without any key one is made and shown once (spec section 11). */
  async onApplicationBootstrap(): Promise<void> {
    const given = this.config.access.firstKey;
    if (given !== undefined) await this.keep(given, 'ADMIN_API_KEY');
    else if ((await this.rows.count()) === 0) {
      const made = `lvk_${randomBytes(24).toString('base64url')}`;
      await this.keep(made, 'first key');
      this.announcement.announce(made);
    }
  }

  /** The principal of a key; null when it is unknown, expired or revoked. */
  async recognise(key: string): Promise<Principal | null> {
    const row = await this.rows.findOneBy({ hash: hashOf(key) });
    if (!row || row.revokedAt !== null) return null;
    if (row.expiresAt !== null && row.expiresAt <= this.clock.now()) return null;
    return { actor: `admin_key:${row.id}`, role: row.role, installationId: row.installationId };
  }

  private async keep(key: string, name: string): Promise<void> {
    await this.rows
      .createQueryBuilder()
      .insert()
      .values({
        id: this.ids.next(),
        name,
        role: 'admin',
        installationId: null,
        hash: hashOf(key),
        lastFour: key.slice(-4),
        createdAt: this.clock.now(),
        expiresAt: null,
        revokedAt: null,
      })
      .orIgnore()
      .execute();
  }
}
