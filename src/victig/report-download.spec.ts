import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../test/support/failure-of.js';
import { ForwardProxy } from '../../test/support/forward-proxy.js';
import { LocalServer } from '../../test/support/local-server.js';
import { ReportDownload } from './report-download.js';

const KEY = 'secret-of-the-link';
const PDF = '%PDF-1.4\n%%EOF';

describe('fetching the PDF of a report (R5, A6)', () => {
  let server: LocalServer;

  beforeEach(async () => {
    server = await LocalServer.start();
  });
  afterEach(() => server.stop());

  const downloadFrom = (reportHosts: string[], allowPrivateHosts = true, proxy?: URL): ReportDownload =>
    new ReportDownload(
      {
        victig: { ...VICTIG, reportHosts },
        outgoing: { allowPrivateHosts, proxy },
      },
      100,
    );
  const host = () => new URL(server.url).host;
  const link = () => `${server.url}/send/interchangeview/?a=${KEY}`;
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    server.answer((_request, response) => response.writeHead(status, headers).end(body));

  it('takes a PDF from a host of reports', async () => {
    answer(200, PDF);
    expect(Buffer.from(await downloadFrom([host()]).fetch(link())).toString()).toBe(PDF);
  });

  it('fetches through the proxy for outgoing calls, where there is one', async () => {
    const proxy = await ForwardProxy.start();
    onTestFinished(() => proxy.stop());
    proxy.routes.set('reports.test:80', server.port);
    answer(200, PDF);
    const download = downloadFrom(['reports.test'], true, new URL(proxy.url));
    expect(await download.fetch('http://reports.test/report')).toHaveLength(PDF.length);
    expect(proxy.asked).toMatchObject([{ authority: 'reports.test:80' }]);
  });

  it.each([
    ['a page', 200, '<html>', { code: 'not_a_pdf' }],
    ['more than is allowed', 200, `%PDF-${'x'.repeat(200)}`, { code: 'file_too_large' }],
    ['an outage', 503, '', { failure: 'unavailable' }],
    ['a link that has expired', 404, '', { failure: 'rejected' }],
  ])('fails on %s, without naming the link (A4)', async (_name, status, body, expected) => {
    answer(status, body);
    const error = await failureOf(downloadFrom([host()]).fetch(link()));
    expect(error).toMatchObject(expected);
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  it('asks no other host, and no private address', async () => {
    let asked = 0;
    server.answer((_request, response) => {
      asked += 1;
      response.end(PDF);
    });
    expect(await failureOf(downloadFrom([]).fetch(link()))).toMatchObject({ code: 'host_not_configured' });
    const strict = await failureOf(downloadFrom([host()], false).fetch(link()));
    expect(strict).toMatchObject({ code: 'insecure_scheme' });
    expect(asked).toBe(0);
  });

  it('follows redirects within the same origin only', async () => {
    server.answer((request, response) => {
      if (request.target === '/report.pdf') response.end(PDF);
      else response.writeHead(302, { location: '/report.pdf' }).end();
    });
    expect(await downloadFrom([host()]).fetch(link())).toHaveLength(PDF.length);
    answer(302, '', { location: 'https://elsewhere.example/report.pdf' });
    expect(await failureOf(downloadFrom([host()]).fetch(link()))).toMatchObject({ code: 'unusable_link' });
  });
});

const VICTIG = {
  apiUrl: 'https://api.victig.example/v1',
  apiToken: undefined,
  webhookSecret: undefined,
  decisionField: 'decision',
  requestsPerSecond: 5,
  burst: 10,
  requestsPerDay: 20_000,
};
