import { Agent, request as send } from 'undici';
import type { AppConfig } from '../platform/config/app-config.js';
import { assertOutsideTransaction } from '../platform/database/transactions.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { failureOfError, failureOfStatus, type CallFailure } from '../platform/http/failure-of-call.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import { vendorConnector } from '../platform/http/vendor-connector.js';

/** Lever takes requests of 30 MB; room is left for what surrounds the file in one. In bytes. */
const MAX_REPORT_BYTES = 30_000_000 - 16_384;

const CONNECT_TIMEOUT_MS = 5_000;
const TIMEOUT_MS = 60_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;
const PDF_SIGNATURE = Buffer.from('%PDF-');

/**
 * Fetches the PDF of a report by its keyed link, which opens the report to whoever holds it: the link is used here,
 * and is in no error and no log. Fetched from VICTIG's host and `VICTIG_REPORT_HOSTS` only (A6).
 */
export class ReportDownload {
  private readonly hosts: OutgoingHosts;

  constructor(
    { victig, outgoing }: Pick<AppConfig, 'victig' | 'outgoing'>,
    private readonly maxBytes: number = MAX_REPORT_BYTES,
  ) {
    this.hosts = new OutgoingHosts({
      hosts: [new URL(victig.apiUrl).host, ...victig.reportHosts],
      allowPrivate: outgoing.allowPrivateHosts,
      proxy: outgoing.proxy,
    });
  }

  /** @throws UpstreamError, with the code `file_too_large` or `not_a_pdf` where the file is of no use */
  async fetch(link: string): Promise<Uint8Array<ArrayBuffer>> {
    assertOutsideTransaction('GET report');
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    // One for each report: there are few, and nothing is left open.
    const agent = new Agent({ connect: vendorConnector(this.hosts, CONNECT_TIMEOUT_MS) });
    try {
      const content = await this.read(link, agent, deadline);
      if (!content.subarray(0, PDF_SIGNATURE.length).equals(PDF_SIGNATURE)) throw unusable('not_a_pdf');
      return content;
    } catch (error) {
      throw error instanceof UpstreamError ? error : failed(failureOfError(error, deadline.aborted));
    } finally {
      await agent.destroy();
    }
  }

  private async read(link: string, dispatcher: Agent, signal: AbortSignal): Promise<Buffer<ArrayBuffer>> {
    let url = URL.parse(link);
    for (let redirects = 0; url !== null && redirects <= MAX_REDIRECTS; redirects++) {
      this.hosts.check(url);
      const { statusCode, headers, body } = await send(url, {
        dispatcher,
        method: 'GET',
        headers: { accept: 'application/pdf', 'user-agent': 'lever-victig' },
        signal,
      });
      if (statusCode >= 200 && statusCode <= 299) return readAtMost(body, this.maxBytes);
      if (!REDIRECTS.has(statusCode)) throw failed(failureOfStatus(statusCode), statusCode);
      url = sameOrigin([headers['location']].flat()[0], url);
    }
    throw failed({ failure: 'malformed', fate: 'answered', code: 'unusable_link' });
  }
}

function sameOrigin(location: string | undefined, from: URL): URL | null {
  const target = location === undefined ? null : URL.parse(location, from.href);
  return target?.origin === from.origin ? target : null;
}

async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw unusable('file_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const unusable = (code: 'file_too_large' | 'not_a_pdf'): UpstreamError =>
  failed({ failure: 'malformed', fate: 'answered', code });

const failed = ({ failure, fate, code }: CallFailure, status?: number): UpstreamError =>
  new UpstreamError(failure, {
    vendor: 'VICTIG',
    operation: 'GET report',
    fate,
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
  });
