import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const SECRET_BYTES = 24;

/**
 * A new admin key: `lvk_`, 32 random characters, and a checksum of 6 (base64url of the CRC-32 of what stands before).
 * By prefix and checksum a leaked one is recognised without asking the service.
 */
export function mintKey(): string {
  const stem = `lvk_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(stem));
  return stem + checksum.toString('base64url');
}
