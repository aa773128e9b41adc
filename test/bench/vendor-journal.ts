import type { SandboxProcess } from '../chaos/sandbox-process.ts';

/** A call as the sandbox vendors noted it; times in milliseconds since 1970. */
interface Call {
  number: number;
  at: number;
  answeredAt: number | null;
  path: string;
  operation: string;
}

/** What the vendors say they were asked, read as it grows. */
export class VendorJournal {
  private readonly calls: Call[] = [];
  private readonly tags = new Map<string, number>();

  private readonly sandbox: SandboxProcess;

  constructor(sandbox: SandboxProcess) {
    this.sandbox = sandbox;
  }

  /** Whether a tag was added to each of the opportunities. */
  async haveTags(opportunityIds: readonly string[]): Promise<boolean> {
    await this.readOn();
    return opportunityIds.every((id) => this.tags.has(id));
  }

  /** When Lever was asked to add the last tag. */
  taggedAt(opportunityId: string): number {
    return this.tags.get(opportunityId) ?? Number.NaN;
  }

  /** How much of the time between two moments at least one call was under way. */
  underWayMs(from: number, to: number): number {
    let waitedMs = 0;
    let seenUntil = from;
    for (const { at, answeredAt } of this.calls) {
      const end = Math.min(answeredAt ?? to, to);
      if (at >= to || end <= seenUntil) continue;
      waitedMs += end - Math.max(at, seenUntil);
      seenUntil = end;
    }
    return waitedMs;
  }

  private async readOn(): Promise<void> {
    const unanswered = this.calls.findIndex(({ answeredAt }) => answeredAt === null);
    if (unanswered >= 0) this.calls.length = unanswered;
    const news = await this.sandbox.get<Call[]>(`/calls?after=${this.calls.at(-1)?.number ?? 0}`);
    for (const call of news) {
      this.calls.push(call);
      if (call.operation.endsWith('/addTags')) this.tags.set(call.path.split('/').at(-2) ?? '', call.at);
    }
  }
}
