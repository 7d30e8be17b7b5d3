import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blobId } from '../../src/ledger/blob-id.ts';
import { sh, tempDir, write } from './repository.ts';

test.each(['sha1', 'sha256'] as const)("a text has git's own id, %s", (algorithm) => {
  const root = tempDir();
  sh(root, 'init', '-q', `--object-format=${algorithm}`);
  for (const text of ['', 'engine: vllm\n', '\ufeffmodel: größer\r\n']) {
    write(root, { a: text });
    expect(blobId(text, algorithm)).toBe(sh(root, 'hash-object', '--no-filters', join(root, 'a')));
  }
});
