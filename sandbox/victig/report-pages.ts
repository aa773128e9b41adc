import type { FastifyInstance } from 'fastify';
import { objectOf, textAt } from '../json.ts';
import type { World } from '../world.ts';
import { finishQuickapp } from './order-life.ts';
import { quickappIsOpen } from './order-view.ts';
import type { Order } from './victig-state.ts';

/** A PDF of one blank page. */
const BLANK_PDF = [
  '%PDF-1.4',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj',
  'trailer<</Root 1 0 R>>',
  '%%EOF',
].join('\n');

/**
 * Invention: what the pages show; only the form of their addresses is recorded.
 * The pages that links in answers lead to: the report, the login in front of it, and the QuickApp.
 */
export function reportPages(scope: FastifyInstance, world: World): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, _body, done) => {
      done(null, undefined);
    },
  );

  scope.get('/send/interchangeview/', (request, reply) => {
    const query = objectOf(request.query);
    const order = orderByFile(world, textAt(query, 'file'));
    if (order?.reportKey !== textAt(query, 'a'))
      return reply.code(404).type('text/html').send(page('Not found'));
    if (textAt(query, 'format') === 'pdf') return reply.type('application/pdf').send(BLANK_PDF);
    return reply.type('text/html').send(page(`Report ${order?.fileNumber}`));
  });

  scope.get('/editor/viewReport.taz', (_request, reply) =>
    reply.type('text/html').send(page('Log in to see this report')),
  );

  scope.get('/orderquickapp/index.taz', (request, reply) => {
    const order = quickappOrder(world, request.query);
    if (!order) return reply.code(404).type('text/html').send(page('Not found'));
    const form = '<form method="post"><button>Submit the form</button></form>';
    const open = quickappIsOpen(order, world);
    return reply.type('text/html').send(page('QuickApp', open ? form : '<p>Thank you.</p>'));
  });

  scope.post('/orderquickapp/index.taz', (request, reply) => {
    const order = quickappOrder(world, request.query);
    if (!order) return reply.code(404).type('text/html').send(page('Not found'));
    const { skipAppReady } = world.victig.behaviour;
    if (quickappIsOpen(order, world)) finishQuickapp(world, order, { skipAppReady, stopAtAppReady: false });
    return reply.type('text/html').send(page('QuickApp', '<p>Thank you.</p>'));
  });
}

function quickappOrder(world: World, query: unknown): Order | undefined {
  const order = orderByFile(world, textAt(objectOf(query), 'y'));
  return order?.quickappKey === textAt(objectOf(query), 'x') ? order : undefined;
}

function orderByFile(world: World, file: string | undefined): Order | undefined {
  return [...world.victig.orders.values()].find((order) => String(order.fileNumber) === file);
}

function page(title: string, body = ''): string {
  return `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}</html>`;
}
