import { loginLinkOf } from './login-link.js';

const SOCIAL_SECURITY_NUMBER = /(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)/gu;
const LINK = /\bhttps?:\/\/\S+/giu;

const asItIs = (link: string): string | null => (loginLinkOf(link) === null ? null : link);

/**
 * VICTIG's words without what must never be told, even if somebody typed it into the name of a search or the decision (R1).
 * @param linkOf how a link is told; null: not at all
 */
export const withoutNeverTold = (text: string, linkOf: (link: string) => string | null = asItIs): string =>
  text
    .replaceAll(LINK, (link) => linkOf(link) ?? '[link left out]')
    .replaceAll(SOCIAL_SECURITY_NUMBER, '[number left out]');
