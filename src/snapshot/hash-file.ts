import { createHash, hash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';

const blockBytes = 1024 * 1024;
const block = Buffer.allocUnsafe(blockBytes);

/** A file's content and which file it was. */
export interface ContentHash {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** {@link identityOf} the file while it was read. */
  readonly identity: string;
}

/**
 * sha256 of a file, read on this thread in blocks of 1 MiB (measured faster than any asynchronous way).
 * @throws the system's error when it cannot be read; Error when it changes while it is read.
 */
export function hashFileSync(path: string): ContentHash {
  const file = openSync(path, 'r');
  try {
    const before = fstatSync(file, { bigint: true });
    const sha256 = hashOpen(file, Number(before.size));
    const identity = identityOf(before);
    if (identityOf(fstatSync(file, { bigint: true })) !== identity) {
      throw new Error(`${path} changed while it was being hashed`);
    }
    return { sha256, sizeBytes: Number(before.size), identity };
  } finally {
    closeSync(file);
  }
}

/**
 * `dev:inode:size:mtime:ctime`, times in ns. Equal for two looks only if no ordinary tool changed the content
 * between them: ctime moves even when mtime is put back. Not proof against writes through a mapped page, a clock
 * set back, or a changed block device.
 */
export function identityOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** A file that ends where its size says, within one block, needs one read: whoever wrote more changed its identity. */
function hashOpen(file: number, sizeBytes: number): string {
  const first = readSync(file, block, 0, blockBytes, null);
  if (first === sizeBytes && first < blockBytes) return hash('sha256', block.subarray(0, first));
  const digest = createHash('sha256');
  digest.update(block.subarray(0, first));
  for (;;) {
    const read = readSync(file, block, 0, blockBytes, null);
    if (read === 0) return digest.digest('hex');
    digest.update(block.subarray(0, read));
  }
}
