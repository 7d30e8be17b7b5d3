import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One kind of file of the synthetic tree. */
interface Kind {
  readonly count: number;
  readonly folder: string;
  /** Sizes are spread evenly on a log scale between the two. */
  readonly leastBytes: number;
  readonly mostBytes: number;
}

const sitePackages = 'lib/python3.11/site-packages';

/** The mix of a venv with an inference engine in it: 20,000 files, 2.6 GB, nearly all bytes in 31 of them. */
const mix: readonly Kind[] = [
  { count: 15_500, folder: `${sitePackages}/package`, leastBytes: 3_000, mostBytes: 30_000 },
  { count: 900, folder: `${sitePackages}/native`, leastBytes: 100_000, mostBytes: 700_000 },
  { count: 31, folder: `${sitePackages}/libs`, leastBytes: 20_000_000, mostBytes: 170_000_000 },
  { count: 3_569, folder: `${sitePackages}/node_modules`, leastBytes: 500, mostBytes: 12_000 },
];

/** How much the tree takes. */
export interface TreeSize {
  readonly files: number;
  readonly bytes: number;
}

/** What {@link makeTree} will take, without making it. @param scale of the number of files; 1 is the whole mix. */
export function sizeOfTree(scale: number): TreeSize {
  const sizes = mix.flatMap((kind) => sizesOf(kind, scale));
  return { files: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

/** Writes the tree; every file differs from every other. @returns the paths, relative to `root`. */
export function makeTree(root: string, scale: number): string[] {
  const block = randomFillSync(Buffer.alloc(1 << 20));
  const paths: string[] = [];
  for (const kind of mix) {
    for (const [index, bytes] of sizesOf(kind, scale).entries()) {
      // 50 files a folder, as packages have them.
      const path = join(kind.folder, String(Math.floor(index / 50)), `file-${index}`);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      block.writeUInt32LE(paths.length, 0);
      const file = openSync(join(root, path), 'w');
      for (let left = bytes; left > 0; left -= block.length)
        writeSync(file, block, 0, Math.min(left, block.length));
      closeSync(file);
      paths.push(path);
    }
  }
  return paths;
}

function sizesOf({ count, leastBytes, mostBytes }: Kind, scale: number): number[] {
  const scaled = Math.max(1, Math.round(count * scale));
  return Array.from({ length: scaled }, (_, at) =>
    Math.round(leastBytes * (mostBytes / leastBytes) ** (scaled === 1 ? 0.5 : at / (scaled - 1))),
  );
}
