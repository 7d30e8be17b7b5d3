import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ggufContext } from '../../src/snapshot/gguf-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-gguf-'));
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const pair = (key: string, type: number, ...value: Buffer[]) =>
  Buffer.concat([text(key), u32(type), ...value]);
const architecture = pair('general.architecture', 8, text('llama'));
const length = pair('llama.context_length', 4, u32(8192));

function stated(pairs: readonly Buffer[], { magic = 'GGUF', version = 3, keys = pairs.length } = {}) {
  const path = join(folder, 'model.gguf');
  writeFileSync(path, Buffer.concat([Buffer.from(magic), u32(version), u64(0), u64(keys), ...pairs]));
  return ggufContext(path);
}

describe('the context length that a GGUF file states', () => {
  it('is found behind values of every kind', () => {
    const before = [
      architecture,
      pair('a.bool', 7, Buffer.from([1])),
      pair('a.double', 12, u64(0)),
      pair('a.numbers', 9, u32(4), u64(3), u32(1), u32(2), u32(3)),
      pair('a.texts', 9, u32(8), u64(2), text('one'), text('')),
      pair('other.context_length', 4, u32(1)),
    ];
    expect(stated([...before, length])).toBe(8192);
    expect(stated([architecture, pair('llama.context_length', 10, u64(131072))], { version: 2 })).toBe(
      131072,
    );
  });

  it.each<[string, () => number | null]>([
    ['another format', () => stated([architecture, length], { magic: 'GGML' })],
    ['version 1', () => stated([architecture, length], { version: 1 })],
    ['the other byte order', () => stated([architecture, length], { version: 0x03000000 })],
    ['no architecture', () => stated([length])],
    ['no length', () => stated([architecture])],
    ['fewer keys than stated', () => stated([architecture], { keys: 1e9 })],
    ['a length that is a text', () => stated([architecture, pair('llama.context_length', 8, text('8'))])],
    ['a type that is none', () => stated([architecture, pair('a', 77), length])],
    ['a list of lists', () => stated([architecture, pair('a', 9, u32(9), u64(1), u64(0)), length])],
    ['a text without end', () => stated([architecture, pair('a', 8, u64(2n ** 63n)), length])],
    ['a list without end', () => stated([architecture, pair('a', 9, u32(8), u64(2n ** 60n)), length])],
    ['a header that is cut', () => stated([], { magic: 'GG' })],
    ['a first MiB without it', () => stated([architecture, pair('a', 8, text('x'.repeat(1 << 20))), length])],
    ['no file', () => ggufContext(join(folder, 'none'))],
    ['a folder', () => ggufContext(folder)],
  ])('is not known with %s', (_, ask) => {
    expect(ask()).toBeNull();
  });

  it('is not waited for at a pipe', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
    expect(ggufContext(pipe)).toBeNull();
  });
});
