import { describe, expect, it } from 'vitest';
import { modelCell } from '../src/provenance.ts';
import type { HashedEngineFile } from '../src/snapshot/engine-files.ts';
import type { HubModel } from '../src/snapshot/hub-model.ts';

const file = (path: string, letter: string, role: 'model' | 'file' = 'model'): HashedEngineFile => ({
  path,
  named: path,
  role,
  sha256: letter.repeat(64),
  sizeBytes: 1,
  identity: '',
  source: 'computed',
});
const hub = (revision: HubModel['revision']): HubModel => ({
  id: 'a/b',
  ref: 'main',
  cache: '/c',
  files: [],
  revision,
});
const of = (files: HashedEngineFile[], hubModel: HubModel | null = null) => ({ files, hubModel });

describe('the model as the ledger names it', () => {
  it('is the id with the hash of its one file', () => {
    expect(modelCell('m', of([file('/x/m.gguf', 'a'), file('/x/chat.jinja', 'b', 'file')]))).toBe(
      'm@aaaaaaaaaaaa',
    );
    expect(modelCell('/x/m.gguf', of([file('/x/m.gguf', 'a')]))).toBe('m.gguf@aaaaaaaaaaaa');
  });

  it('has one hash over several files, wherever they lie, that any of them changes', () => {
    const cell = (folder: string, second: string): string | null =>
      modelCell('m', of([file(`${folder}/1.safetensors`, 'a'), file(`${folder}/2.safetensors`, second)]));
    expect(cell('/x', 'b')).toMatch(/^m@[0-9a-f]{12}$/);
    expect(cell('/x', 'b')).toBe(cell('/y', 'b'));
    expect(cell('/x', 'b')).not.toBe(cell('/x', 'c'));
  });

  it("is the id at the hub's revision, also when the engine fetched it only at its start", () => {
    const revision = 'c'.repeat(40);
    expect(modelCell('a/b', of([], hub(revision)))).toBe('a/b@cccccccccccc');
    expect(modelCell('a/b', of([]), hub(revision))).toBe('a/b@cccccccccccc');
  });

  it('is the id alone when nothing more is known', () => {
    expect(modelCell('a/b', of([], hub({ absent: 'x' })))).toBe('a/b');
    expect(modelCell('a/b', of([]))).toBe('a/b');
    expect(modelCell(null, of([]))).toBeNull();
  });
});
