import { randomBytes } from 'node:crypto';
import { readConfig, type AppConfig } from '../../src/platform/config/app-config.js';

/** The configuration of a service whose vendors are at the given addresses on this machine. */
export function configFor(vendors: { leverApiUrl?: string; victigApiUrl?: string }, more = {}): AppConfig {
  return readConfig({
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
    LEVER_API_URL: vendors.leverApiUrl ?? '',
    VICTIG_API_URL: vendors.victigApiUrl ?? '',
    ...more,
  });
}
