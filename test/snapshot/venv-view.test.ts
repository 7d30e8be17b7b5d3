import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { type VenvContents, venvContents } from '../../src/snapshot/venv-view.ts';

const site = 'lib/python3.11/site-packages';
let venv: string;
let contents: VenvContents;

function put(path: string, content: string): void {
  mkdirSync(join(venv, path, '..'), { recursive: true });
  writeFileSync(join(venv, path), content);
}

beforeAll(async () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'bench-venv-')));
  venv = join(home, 'venv');
  put('../python3.11', 'the interpreter');
  put('pyvenv.cfg', 'home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.7\n');
  mkdirSync(join(venv, 'bin'), { recursive: true });
  symlinkSync(join(home, 'python3.11'), join(venv, 'bin/python'));
  put(
    `${site}/nvidia_cudnn_cu12-9.1.0.70.dist-info/METADATA`,
    'Metadata-Version: 2.1\nName: nvidia-cudnn-cu12\nVersion: 9.1.0.70\n\nName: no\n',
  );
  put(
    `${site}/nvidia_cudnn_cu12-9.1.0.70.dist-info/RECORD`,
    'nvidia/cudnn/lib/libcudnn.so.9,sha256=x,1\nnvidia/cudnn/__init__.py,,\n',
  );
  put(`${site}/bare-1.2.dist-info/RECORD`, '');
  put(`${site}/mine-0.1.dist-info/METADATA`, 'Name: Mine\nVersion: 0.1\n');
  put(
    `${site}/mine-0.1.dist-info/direct_url.json`,
    '{"url": "file:///src/mine", "dir_info": {"editable": true}}',
  );
  put(`${site}/forked-2.dist-info/METADATA`, 'Name: forked\nVersion: 2\n');
  put(
    `${site}/forked-2.dist-info/direct_url.json`,
    '{"url": "https://user:token@host/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
  );
  put(`${site}/mine.pth`, `/src/mine\nimport something\n${join(venv, 'lib/inside')}\n`);
  put(`${site}/pkg/__pycache__/a.cpython-311.pyc`, '12345');
  contents = await venvContents(venv, { cache: openHashCache(null) });
});

describe('what is in a venv', () => {
  it('is each distribution with its version', () => {
    expect(contents.distributions).toEqual({
      Mine: '0.1',
      bare: '1.2',
      forked: '2',
      'nvidia-cudnn-cu12': '9.1.0.70',
    });
  });

  it('says which came from elsewhere than an index, without passwords', () => {
    expect(contents.direct).toEqual({
      Mine: { url: 'file:///src/mine', isEditable: true, commit: null },
      forked: { url: 'https://host/x.git', isEditable: false, commit: 'abc' },
    });
    expect(contents.outside).toEqual(['/src/mine']);
  });

  it('knows who brought a shared object', () => {
    expect([...contents.owners]).toEqual([
      [
        join(venv, site, 'nvidia/cudnn/lib/libcudnn.so.9'),
        { name: 'nvidia-cudnn-cu12', version: '9.1.0.70' },
      ],
    ]);
  });

  it('names the interpreter behind it, and what was compiled already', () => {
    expect(contents.interpreter).toEqual({
      path: join(venv, '..', 'python3.11'),
      sha256: sha256Hex('the interpreter'),
      version: '3.11.7',
      home: '/usr/bin',
      seesSystemPackages: false,
    });
    expect(contents.bytecode).toEqual({ files: 1, bytes: 5 });
  });

  it('is little where there is no venv', async () => {
    const empty = await venvContents('/nowhere', { cache: openHashCache(null) });
    expect(empty).toMatchObject({
      distributions: {},
      interpreter: { absent: 'not there' },
      bytecode: { files: 0 },
    });
  });
});
