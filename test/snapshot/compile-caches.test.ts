import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cacheStates, compileCaches } from '../../src/snapshot/compile-caches.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bench-caches-'));
});

function put(name: string, content: string): void {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), content);
}

const startOf = (name: string, change: () => void): string | undefined => {
  const before = cacheStates([join(root, name)]);
  change();
  return compileCaches(before)[0]?.start;
};

describe('compile caches', () => {
  it('are cold when the start filled them, warm when it added nothing, changed when it added some', () => {
    expect(startOf('a', () => put('a/deep/kernel.so', 'code'))).toBe('cold');
    expect(startOf('a', () => {})).toBe('warm');
    expect(startOf('a', () => put('a/other.so', 'code'))).toBe('changed');
    expect(startOf('a', () => put('a/other.so', 'longer code'))).toBe('changed');
    expect(startOf('a', () => rmSync(join(root, 'a'), { recursive: true }))).toBe('changed');
    expect(startOf('a', () => mkdirSync(join(root, 'a')))).toBe('empty');
  });

  it('are told with their size before and now', () => {
    put('a/x', '12345');
    const before = cacheStates([join(root, 'a')]);
    put('a/y', '1');
    expect(compileCaches(before)).toMatchObject([
      { path: join(root, 'a'), before: { files: 1, bytes: 5 }, now: { files: 2, bytes: 6 } },
    ]);
  });

  it('are each told once, without those below another', () => {
    put('a/b/x', '1');
    const paths = cacheStates([join(root, 'a/b'), join(root, 'a'), join(root, 'a'), join(root, 'ab')]);
    expect(paths.map(({ path }) => path)).toEqual([join(root, 'a'), join(root, 'ab')]);
  });

  it('may be a single file', () => {
    put('tuned.json', '{}');
    expect(startOf('tuned.json', () => put('tuned.json', '{"a":1}'))).toBe('changed');
  });
});
