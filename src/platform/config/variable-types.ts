import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

// How variables of the environment are read. An empty one counts as not set.

export const unset = (value: unknown): unknown => (value === '' ? undefined : value);

export const optionalText = z.preprocess(unset, z.string().optional());

/** What is sent in a header, without the line break that came along: no header carries anything else. */
export const credential = z
  .string()
  .trim()
  .regex(/^[\x20-\x7e]+$/);

export const optionalCredential = z.preprocess(unset, credential.optional());

export const wholeNumber = (fallback: number, min: number, max: number) =>
  z.preprocess(
    unset,
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .refine((value) => value >= min && value <= max)
      .default(fallback),
  );

export const webUrl = (fallback: string | undefined) => {
  const schema = z
    .url({ protocol: /^https?$/, normalize: false })
    .transform((url) => url.replace(/\/+$/, ''));
  return z.preprocess((value) => unset(value) ?? fallback, schema);
};

/** To which paths are appended, so that it has nothing after its path, nor credentials, which would be shown. */
const isPlain = (url: string): boolean => {
  const parsed = URL.parse(url);
  return parsed?.username === '' && parsed.password === '' && !/[?#]/.test(url);
};

export const baseUrl = (fallback: string | undefined) => webUrl(fallback).refine(isPlain);

/** The base of an API of which the version is known. */
export const apiUrl = (fallback: string) =>
  baseUrl(fallback).refine((url) => URL.parse(url)?.pathname.endsWith('/v1') === true);

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** A proxy for outgoing calls: scheme, host and port, with credentials if it asks for any. */
export const proxyUrl = z.preprocess(
  unset,
  z
    .url({ protocol: /^https?$/ })
    .transform((text) => new URL(text))
    .refine(({ pathname, search, hash }) => pathname === '/' && search === '' && hash === '')
    .refine(({ username, password }) => isDecodable(username) && isDecodable(password))
    .optional(),
);

export const PROXY_REMEDY =
  'Give the address of an HTTP proxy, such as http://proxy.example.com:3128, with user:password@ before the host if it asks for them, and no path.';

export const yesOrNo = z.preprocess(
  unset,
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
);

/** Separated by commas. */
export const list = z.preprocess(
  unset,
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),
);

/** Whether a text is an IP address, or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  try {
    new BlockList().addSubnet(
      address,
      /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1,
      `ipv${version as 4 | 6}`,
    );
    return true;
  } catch {
    return false;
  }
}
