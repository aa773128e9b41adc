import fc from 'fast-check';
import { createHmac, randomUUID } from 'node:crypto';

/** A way into the service. */
export interface Target {
  method: string;
  /** With a parameter as `{name}`. */
  path: string;
  /** Names of its query parameters. */
  filters: readonly string[];
}

export interface HostileRequest {
  target: Target;
  /** From the method to the last byte of the body, with `connection: close`. */
  bytes: Buffer;
  /** In a word, what is wrong with it. */
  kind: string;
}

/** What lets a request in as far as one can come. */
export interface Credentials {
  adminKey: string;
  callbackSecret: string;
  installationId: string;
  signatureToken: string;
}

/** Text that programs stumble over, as it stands in JSON. */
const NASTY_TEXTS = [
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u202e\\u0000"',
  '"__proto__"',
  '"constructor"',
  '"../../../etc/passwd"',
  '"\'; DROP TABLE orders; --"',
  '"${jndi:ldap://x}"',
  '"<script>alert(1)</script>"',
  '"%00"',
  '"\\ufeff"',
  `"${'𝒳'.repeat(500)}"`,
  `"${'a'.repeat(70_000)}"`,
  '"2026-02-30T99:99:99Z"',
  '"0198c0de-0000-7000-8000-00000000000Z"',
];

const NASTY_NUMBERS = [
  '0',
  '-0',
  '-1',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '123456789012345678901234567890123456789012345678901234567890',
  '0.1e308',
  '2147483648',
  '1.7976931348623157e309',
];

const NASTY_THINGS = ['null', 'true', '[]', '{}', '[[]]', '[null]', '{"":""}', '[{"__proto__":{}}]'];

/** Names of fields that the service reads somewhere, and of what every object has. */
const FIELDS = [
  'name',
  'role',
  'installationId',
  'expiresAt',
  'lever',
  'apiKey',
  'victig',
  'clientGuid',
  'certification',
  'settings',
  'defaultProduct',
  'triggerStageIds',
  'signatureTokens',
  'token',
  'signature',
  'triggeredAt',
  'event',
  'data',
  'opportunityId',
  'candidate',
  'dryRun',
  'limit',
  'waiting',
  'reason',
  'removeFromLever',
  'replace',
  'orderGuid',
  'resourceGuid',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '',
];

const leaf = fc.oneof(
  fc.constantFrom(...NASTY_TEXTS),
  fc.constantFrom(...NASTY_NUMBERS),
  fc.constantFrom(...NASTY_THINGS),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
);

/** Objects as text, for as values they could not have `__proto__`; each key once, lest nothing else be looked at. */
const objectOf = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), inner), { maxLength: 8, selector: ([key]) => key })
    .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);

const typeConfused = objectOf(
  fc.oneof(
    leaf,
    objectOf(leaf),
    leaf.map((text) => `[${text},${text}]`),
  ),
);

/** The same key in another spelling. */
const escaped = (key: string): string =>
  `"${Array.from(key, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;

const duplicateKeys = fc
  .tuple(
    fc.constantFrom(...FIELDS.filter((key) => key !== '__proto__')),
    fc.integer({ min: 2, max: 300 }),
    fc.array(fc.constantFrom('0', '"a"', 'null', '{}', '[{"a":0}]'), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    fc.constantFrom(
      (twice: string): string => twice,
      (twice: string): string => `{"data":${twice}}`,
      (twice: string): string => `{"settings":{"flag":[1,${twice}]}}`,
      (twice: string): string => `[${twice}]`,
      // Hidden by a key that comes later, as a value that nobody sees.
      (twice: string): string => `{"name":${twice},"name":"Acme"}`,
    ),
  )
  .map(([key, count, values, isEscaped, around]) => {
    const members = Array.from(
      { length: count },
      (_, at) =>
        `${isEscaped && at % 2 === 1 ? escaped(key) : JSON.stringify(key)}:${values[at % values.length]}`,
    );
    return around(`{${members.join(',')}}`);
  });

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '[{"__proto__":'), fc.integer({ min: 60, max: 20_000 }), fc.boolean())
  .map(([open, depth, closed]) => {
    const close = open === '[' ? ']' : open === '{"a":' ? '}' : '}]';
    return open.repeat(depth) + (closed ? `1${close.repeat(depth)}` : '');
  });

const wide = fc
  .tuple(fc.constantFrom('0', '{}', '""', '[]'), fc.integer({ min: 10_000, max: 300_000 }))
  .map(([item, count]) => `[${Array.from({ length: count }, () => item).join(',')}]`);

const broken = fc
  .tuple(typeConfused, fc.nat(200))
  .map(([text, at]) => text.slice(0, Math.max(1, text.length - 1 - (at % text.length))));

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

interface Body {
  kind: string;
  body: Buffer;
  /** The header, where it is not plain JSON. */
  contentType?: string;
}

const bodies: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: typeConfused.map((text) => ({ kind: 'types', body: utf8(text) })) },
  { weight: 2, arbitrary: duplicateKeys.map((text) => ({ kind: 'duplicates', body: utf8(text) })) },
  { weight: 2, arbitrary: deep.map((text) => ({ kind: 'deep', body: utf8(text) })) },
  { weight: 1, arbitrary: wide.map((text) => ({ kind: 'wide', body: utf8(text) })) },
  { weight: 2, arbitrary: broken.map((text) => ({ kind: 'broken', body: utf8(text) })) },
  { weight: 1, arbitrary: leaf.map((text) => ({ kind: 'leaf', body: utf8(text) })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(typeConfused, fc.constantFrom<BufferEncoding>('utf16le', 'latin1', 'base64', 'hex'))
      .map(([text, encoding]) => ({ kind: 'encoding', body: Buffer.from(text, encoding) })),
  },
  {
    weight: 2,
    // Half surrogates, over-long forms and stray bytes are no UTF-8.
    arbitrary: fc
      .tuple(typeConfused, fc.constantFrom('eda080', 'c080', 'ff', 'fefffeff', '80', 'f5808080', '00'))
      .map(([text, hex]) => ({
        kind: 'not-utf8',
        body: Buffer.concat([utf8('{"name":"'), Buffer.from(hex, 'hex'), utf8('",'), utf8(text.slice(1))]),
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 300 })
      .map((bytes) => ({ kind: 'bytes', body: Buffer.from(bytes) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        typeConfused,
        fc.constantFrom(
          'text/plain',
          'application/xml',
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'application/json; charset=utf-16',
          'application/json+x',
          'APPLICATION/JSON',
          'nonsense',
          '',
        ),
      )
      .map(([text, contentType]) => ({ kind: 'content-type', body: utf8(text), contentType })),
  },
);

/** Rare, for each is more than a megabyte. */
const tooLarge: fc.Arbitrary<Body> = fc
  .integer({ min: 1_048_577, max: 1_200_000 })
  .map((length) => ({ kind: 'too-large', body: utf8(`{"name":"${'a'.repeat(length)}"}`) }));

const NASTY_SEGMENTS = [
  '%00',
  '..%2f..%2f',
  '%2e%2e',
  '%zz',
  '__proto__',
  'constructor',
  '0',
  '-1',
  '1e400',
  '99999999999999999999',
  '%F0%9D%92%B3',
  '%ED%A0%80',
  'null',
  "'%20OR%201=1--",
  'a'.repeat(300),
];

const pathOf = (path: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: fc.uuid() },
        { weight: 4, arbitrary: fc.constantFrom(...NASTY_SEGMENTS) },
      ),
      {
        minLength: 3,
        maxLength: 3,
      },
    )
    .map((values) => {
      let next = 0;
      return path.replaceAll(/\{\w+\}/g, () => values[next++ % values.length] ?? '');
    });

const queryOf = (filters: readonly string[]): fc.Arbitrary<string> => {
  const name =
    filters.length === 0
      ? fc.constantFrom('x', '__proto__')
      : fc.constantFrom(...filters, '__proto__', 'x[y]');
  const value = fc.oneof(
    fc.constantFrom(
      '%00',
      '%ED%A0%80',
      '-1',
      '0',
      '201',
      '1e400',
      '',
      'NaN',
      '[]',
      '9'.repeat(400),
      '%',
      '%zz',
    ),
    fc.string({ maxLength: 30 }).map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const pairs = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: pairs.map((all) => `?${all.map(([key, text]) => `${key}=${text}`).join('&')}`) },
  );
};

const IF_MATCH = ['', '', '"1"', '*', '"1e400"', 'W/"1"', '"__proto__"', '"99999999999999999999"'];

/** A seeded stream of requests at all targets, none of which may be answered 5xx or leave anything behind (F6). */
export function* hostileRequests(
  targets: readonly Target[],
  by: Credentials,
  { count, seed }: { count: number; seed: number },
): Generator<HostileRequest> {
  const request = fc.constantFrom(...targets).chain((target) =>
    fc.record({
      target: fc.constant(target),
      path: pathOf(target.path.replace('{door}', by.installationId)),
      query: queryOf(target.filters),
      body: fc.oneof({ weight: 200, arbitrary: bodies }, { weight: 1, arbitrary: tooLarge }),
      ifMatch: fc.constantFrom(...IF_MATCH),
      isSigned: fc.boolean(),
      framing: fc.oneof(
        { weight: 30, arbitrary: fc.constant('length') },
        { weight: 2, arbitrary: fc.constant('chunked') },
      ),
    }),
  );
  const CHUNK = 200;
  for (let made = 0; made < count; made += CHUNK) {
    const sample = fc.sample(request, { numRuns: Math.min(CHUNK, count - made), seed: seed + made });
    for (const { target, path, query, body, ifMatch, isSigned, framing } of sample) {
      const isLever = target.path.startsWith('/webhooks/lever/');
      // What is signed and cannot be read must not come in either.
      const sent = isLever && isSigned && body.kind !== 'types' ? signed(body, by) : body.body;
      const head = [
        `${target.method} ${path}${query} HTTP/1.1`,
        'host: x',
        `authorization: ${target.path.startsWith('/webhooks/victig') ? by.callbackSecret : `Bearer ${by.adminKey}`}`,
        `content-type: ${body.contentType ?? 'application/json'}`,
        ...(ifMatch === '' ? [] : [`if-match: ${ifMatch}`]),
        framing === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${sent.length}`,
        'connection: close',
      ];
      const bytes = Buffer.concat([
        Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
        framing === 'chunked' ? chunkOf(sent) : sent,
      ]);
      yield { target, kind: body.kind, bytes };
    }
  }
}

const chunkOf = (body: Buffer): Buffer =>
  Buffer.concat([
    ...(body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ]);

/** A rightly signed delivery around a body that is not to be read: it stands in the place of `data`. */
function signed({ body }: Body, { signatureToken }: Credentials): Buffer {
  const token = randomUUID();
  const triggeredAt = Date.now();
  const signature = createHmac('sha256', signatureToken).update(`${token}${triggeredAt}`).digest('hex');
  const head = JSON.stringify({ token, triggeredAt, signature, event: 'candidateStageChange' }).slice(0, -1);
  return Buffer.concat([utf8(`${head},"data":`), body, utf8('}')]);
}
