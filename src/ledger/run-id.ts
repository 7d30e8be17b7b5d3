import { randomBytes } from 'node:crypto';

/** What a run id looks like: UTC second and 32 random bits, `20261122T071500Z-1a2b3c4d`. */
export const runIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/**
 * A name no other run has: it sorts by time, and two runs of one second differ in the random part.
 * @param now the run's start; @param random four random bytes.
 */
export function newRunId(now = new Date(), random: Uint8Array = randomBytes(4)): string {
  const second = now
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return `${second}-${Buffer.from(random).toString('hex')}`;
}
