import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../json.ts';
import { objectOf, textAt } from '../json.ts';
import { invalid } from './victig-errors.ts';

const DEFAULT_SIZE = 30;

/**
 * Answers one page of `count` rows as a bare array, rows read by their position. The `Link` header is empty on a
 * single page; else its addresses have no scheme, and `last` is the page count, one beyond the last page (recorded).
 */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  count: number,
  rowAt: (position: number) => unknown,
): FastifyReply {
  const query = objectOf(request.query);
  const page = wholeNumber(query, 'page', 0, 0);
  const size = wholeNumber(query, 'size', DEFAULT_SIZE, 1);
  const start = page * size;
  const rows: unknown[] = [];
  for (let position = start; position < Math.min(start + size, count); position += 1)
    rows.push(rowAt(position));
  return reply.header('link', linkHeader(request, page, size, count)).send(rows);
}

function linkHeader(request: FastifyRequest, page: number, size: number, count: number): string {
  const pages = Math.ceil(count / size);
  if (pages <= 1) return '';
  const [path] = request.url.split('?');
  const link = (target: number, rel: string): string =>
    `<${request.host}${path}?page=${target}&size=${size}>; rel="${rel}"`;
  const next = page + 1 < pages ? [link(page + 1, 'next')] : [];
  return [...next, link(pages, 'last')].join(', ');
}

function wholeNumber(query: JsonObject, key: string, fallback: number, least: number): number {
  const text = textAt(query, key);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw invalid(`${key} is not valid.`);
  return number;
}
