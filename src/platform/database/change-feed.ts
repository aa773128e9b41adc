import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { impatientClient } from './impatient-client.js';
import { KEEP_ALIVE, ServiceDataSource } from './service-data-source.js';

/** Told of changes that any replica made. */
export interface ChangeListener {
  /** @param id of what changed, as the database announces it */
  changed(id: string): void;
  /** Changes may have been missed: whatever was kept is out of date. */
  missed(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_AFTER_MS = 1_000;

/** A connection on which nothing comes may be dead or may have nothing to tell: it is asked. */
const ASK_EVERY_MS = 10_000;
const ListeningClient = impatientClient(5_000);

/**
 * What the database announces (LISTEN) on a connection of its own. While it hears nothing for sure, `isHearing` is
 * false, and nobody may rely on being told: so always with the embedded database, which has one connection only.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Map<string, ChangeListener[]>();
  private client: InstanceType<typeof ListeningClient> | null = null;
  private retry: NodeJS.Timeout | undefined;
  private pulse: NodeJS.Timeout | undefined;
  private hearing = false;
  private ended = false;

  constructor(private readonly dataSource: DataSource) {}

  get isHearing(): boolean {
    return this.hearing;
  }

  /** To be called before the application starts. */
  listen(channel: string, listener: ChangeListener): void {
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), listener]);
  }

  /** Tells the listeners of this process. */
  tell(channel: string, id: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener.changed(id);
  }

  async onModuleInit(): Promise<void> {
    await this.connect();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.ended = true;
    clearTimeout(this.retry);
    this.stopHearing();
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const place = this.dataSource instanceof ServiceDataSource ? this.dataSource.place : null;
    if (place?.kind !== 'server' || this.listeners.size === 0) return;
    const client = new ListeningClient({
      connectionString: place.url,
      application_name: 'lever-victig-changes',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...KEEP_ALIVE,
    });
    this.client = client;
    client.on('notification', ({ channel, payload = '' }) => this.tell(channel, payload));
    client.on('error', (error) => this.logger.warn({ err: error }, 'changes are not heard for a moment'));
    client.on('end', () => this.onEnd(client));
    try {
      await client.connect();
      for (const channel of this.listeners.keys())
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      if (this.ended) return;
      this.tellMissed();
      this.hearing = true;
      // What is not answered ends the client, of which `onEnd` hears.
      this.pulse = setInterval(
        () => void client.query('SELECT 1').catch(() => undefined),
        ASK_EVERY_MS,
      ).unref();
    } catch (error) {
      this.logger.warn({ err: error }, 'changes cannot be heard yet');
      // Whatever of it stands must not be left behind at every try.
      void client.end().catch(() => undefined);
      this.onEnd(client);
    }
  }

  private onEnd(client: InstanceType<typeof ListeningClient>): void {
    if (this.client !== client) return;
    this.client = null;
    this.stopHearing();
    if (this.ended) return;
    this.retry = setTimeout(() => void this.connect(), RECONNECT_AFTER_MS).unref();
  }

  private stopHearing(): void {
    clearInterval(this.pulse);
    this.hearing = false;
    this.tellMissed();
  }

  private tellMissed(): void {
    for (const listener of [...this.listeners.values()].flat()) listener.missed();
  }
}
