import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests one temporary folder of their own and removes it with everything they left in it. */
export function setup(): () => void {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'bench-test-'));
  // Tests that become another user must be able to enter it.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
