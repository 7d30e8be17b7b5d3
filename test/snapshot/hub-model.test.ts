import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findHubModel } from '../../src/snapshot/hub-model.ts';

const commit = 'a'.repeat(40);
const other = 'b'.repeat(40);
const weights = 'c'.repeat(64);
let home: string;
let hub: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bench-hub-'));
  hub = join(home, '.cache/huggingface/hub');
});

/** A cache as huggingface_hub lays it out. */
function download(id: string, revision: string, ref?: string): void {
  const model = join(hub, `models--${id.replace('/', '--')}`);
  mkdirSync(join(model, 'snapshots', revision, 'original'), { recursive: true });
  mkdirSync(join(model, 'blobs'), { recursive: true });
  mkdirSync(join(model, 'refs'), { recursive: true });
  writeFileSync(join(model, 'blobs', weights), 'weights');
  symlinkSync(join('../../blobs', weights), join(model, 'snapshots', revision, 'model.safetensors'));
  writeFileSync(join(model, 'snapshots', revision, 'original', 'params.json'), '{}');
  if (ref !== undefined) writeFileSync(join(model, 'refs', ref), revision);
}

describe('a model named by its hub id', () => {
  it('is named by its revision and blobs, which are not read', () => {
    download('openai/gpt-oss-120b', commit, 'main');
    expect(findHubModel(['serve', 'openai/gpt-oss-120b', '--max-model-len', '4096'], { HOME: home })).toEqual(
      {
        id: 'openai/gpt-oss-120b',
        ref: 'main',
        revision: commit,
        cache: join(hub, 'models--openai--gpt-oss-120b'),
        files: [
          { path: 'model.safetensors', blob: weights, sizeBytes: 7 },
          { path: 'original/params.json', blob: null, sizeBytes: 2 },
        ],
      },
    );
  });

  it('is that of the revision asked for, by name or commit', () => {
    download('a/b', commit, 'main');
    download('a/b', other, 'v2');
    const revision = (words: string[]): unknown => findHubModel(words, { HOME: home })?.revision;
    expect(revision(['--model=a/b'])).toBe(commit);
    expect(revision(['--model', 'a/b', '--revision', 'v2'])).toBe(other);
    expect(revision(['--model', 'a/b', `--revision=${other}`])).toBe(other);
    expect(revision(['--model', 'a/b', '--revision', 'v3'])).toEqual({
      absent: 'the cache does not say what v3 is',
    });
  });

  it('is found where the environment says that the cache is', () => {
    download('a/b', commit);
    const found = (env: Record<string, string>): unknown => findHubModel(['a/b'], env)?.revision;
    expect(found({ HF_HUB_CACHE: hub, HOME: '/nowhere' })).toBe(commit);
    expect(found({ HF_HOME: join(home, '.cache/huggingface') })).toBe(commit);
    expect(found({ XDG_CACHE_HOME: join(home, '.cache') })).toBe(commit);
    expect(found({ HF_HOME: '/elsewhere', HOME: home })).toBeUndefined();
    expect(found({})).toBeUndefined();
  });

  it('in a container is found where the mount has it', () => {
    download('a/b', commit);
    const onHost = (path: string): string => path.replace('/root/hub', hub);
    expect(findHubModel(['a/b'], { HF_HUB_CACHE: '/root/hub' }, onHost)?.revision).toBe(commit);
  });

  it('is null when nothing that looks like an id is in the cache', () => {
    download('a/b', commit);
    expect(findHubModel(['-m', 'models/x.gguf', 'c/d', '--x', '{"a": 1}'], { HOME: home })).toBeNull();
  });
});
