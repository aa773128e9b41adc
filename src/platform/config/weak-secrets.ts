import { STRONG_CALLBACK_SECRETS } from '../webhooks/callback-secrets.js';
import { isWeakKey, readKeys } from './encryption-keys.js';

const SHORTEST_ADMIN_KEY = 24;

const isWeak = {
  ENCRYPTION_KEYS(text: string): boolean {
    const keys = readKeys(text);
    return typeof keys !== 'string' && keys.some(isWeakKey);
  },
  ADMIN_API_KEY: (text: string): boolean => text.trim().length < SHORTEST_ADMIN_KEY,
  VICTIG_WEBHOOK_SECRET: (text: string): boolean => !STRONG_CALLBACK_SECRETS.test(text),
} as const;

const PROBLEMS: Readonly<Record<keyof typeof isWeak, string>> = {
  ENCRYPTION_KEYS: 'holds a key that is not random: repeated bytes, or text that was typed.',
  ADMIN_API_KEY: 'is so short that it can be guessed.',
  VICTIG_WEBHOOK_SECRET: 'is so short that it can be guessed.',
};

/** A secret of our own choice, or of our users', that somebody could guess. */
export interface WeakSecret {
  variable: keyof typeof isWeak;
  problem: string;
}

/** Those of the environment, which are well formed otherwise. */
export function weakSecretsIn(env: NodeJS.ProcessEnv): WeakSecret[] {
  const variables = Object.keys(isWeak) as (keyof typeof isWeak)[];
  return variables
    .filter((variable) => env[variable] && isWeak[variable](env[variable]))
    .map((variable) => ({ variable, problem: PROBLEMS[variable] }));
}
