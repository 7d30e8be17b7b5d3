import { chmodSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeBinary } from '../../src/snapshot/binary.ts';
import { changedFiles, findEngineFiles, hashEngineFiles } from '../../src/snapshot/engine-files.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { findCommand } from '../../src/supervisor/environment.ts';

let dir: string;
const options = { cache: openHashCache(null) };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bench-files-'));
});

function put(name: string, content = name): string {
  const path = join(dir, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const found = (argv: string[], extra: string[] = []): string[] =>
  findEngineFiles(argv, { cwd: dir, root: dir, extra }).map(
    ({ path, role }) => `${path.slice(dir.length + 1)} ${role}`,
  );

describe('the files an engine reads', () => {
  it('are found in every form of argument', () => {
    put('m.gguf');
    put('chat.jinja');
    put('draft.gguf');
    put('extra.yaml');
    const json = JSON.stringify({ method: 'eagle3', model: join(dir, 'draft.gguf') });
    const argv = [
      '-m',
      'm.gguf',
      '--chat-template-file=chat.jinja',
      '--speculative-config',
      json,
      '-t',
      '1',
      '--host',
      '0.0.0.0',
    ];
    expect(found(argv, ['extra.yaml'])).toEqual([
      'chat.jinja file',
      'draft.gguf model',
      'extra.yaml file',
      'm.gguf model',
    ]);
  });

  it('are all parts of a split model and all files of a model folder, links included', () => {
    for (const part of [1, 2, 3]) put(`big-0000${part}-of-00003.gguf`);
    put('hub/blobs/1');
    put('hub/model/config.json');
    put('hub/model/.git/HEAD');
    put('hub/model/README.md');
    put('hub/model/original/params.json');
    symlinkSync('../blobs/1', join(dir, 'hub/model/model.safetensors'));
    put('data/notes.txt');
    expect(found(['--model', 'big-00001-of-00003.gguf'])).toHaveLength(3);
    expect(found(['serve', 'hub/model', '--download-dir', 'data'])).toEqual([
      'hub/model/README.md file',
      'hub/model/config.json model',
      'hub/model/model.safetensors model',
      'hub/model/original/params.json model',
    ]);
  });

  it('are not devices, ids, flags or long texts', () => {
    expect(
      found([
        '/dev/null',
        '/proc/self/stat',
        'openai/gpt-oss-120b',
        '--x',
        `{"a": "${'b'.repeat(5000)}"}`,
        'c'.repeat(5000),
      ]),
    ).toEqual([]);
  });

  it('are seen to change without being read again', async () => {
    put('m.gguf', 'one');
    const files = await hashEngineFiles(
      findEngineFiles(['-m', 'm.gguf'], { cwd: dir, root: dir, extra: [] }),
      options,
    );
    expect(files[0]).toMatchObject({ sizeBytes: 3, source: 'computed', named: 'm.gguf' });
    expect(changedFiles(files)).toEqual([]);
    put('m.gguf', 'two');
    expect(changedFiles(files)).toEqual([join(dir, 'm.gguf')]);
  });
});

describe('the binary', () => {
  const describeHere = async (command: string, path = `${join(dir, 'bin')}:/usr/bin:/bin`) => {
    const find = (name: string): string => findCommand(name, { PATH: path }, dir);
    return describeBinary(find(command), find, options);
  };

  it('is what the experiment PATH finds, behind its links, with the interpreter of a script', async () => {
    const real = put('real/engine', '#!/usr/bin/env -S sh -e\n');
    chmodSync(real, 0o755);
    put('bin/other');
    symlinkSync('../real/engine', join(dir, 'bin/engine'));
    const binary = await describeHere('engine');
    expect(binary).toMatchObject({
      path: join(dir, 'bin/engine'),
      realPath: realpathSync(real),
    });
    expect(binary.interpreter).toMatchObject({ given: 'sh', realPath: realpathSync('/bin/sh') });
    expect(await describeHere('./real/engine')).toMatchObject({ path: real, sha256: binary.sha256 });
  });

  it('has no interpreter when it is a real executable', async () => {
    expect(await describeHere(process.execPath, '')).toMatchObject({ interpreter: null });
  });

  it('is an error when the interpreter is not on the PATH of the experiment', async () => {
    chmodSync(put('bin/orphan', '#!/usr/bin/env no-such-interpreter\n'), 0o755);
    await expect(describeHere('orphan')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no-such-interpreter was not found on the PATH'),
    });
  });
});
