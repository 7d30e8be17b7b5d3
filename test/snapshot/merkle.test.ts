import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { merkleRoot, type VenvRoot } from '../../src/snapshot/merkle.ts';

/** Never changes unless the rule's name changes with it. */
const golden = '96de5592fc432c0bbc2e96c1481c45c46b1876b13eea18b061e383b80dcf3b83';

let venv: string;
beforeEach(() => {
  venv = join(mkdtempSync(join(tmpdir(), 'bench-merkle-')), 'venv');
  const packages = join(venv, 'lib/python3.11/site-packages');
  mkdirSync(join(packages, 'pkg/__pycache__'), { recursive: true });
  mkdirSync(join(venv, 'bin'));
  mkdirSync(join(venv, 'share'));
  writeFileSync(join(venv, 'pyvenv.cfg'), 'home = /usr/bin\n');
  writeFileSync(join(venv, 'bin/tool'), '#!/bin/sh\n');
  chmodSync(join(venv, 'bin/tool'), 0o755);
  makeBase('usr', 'interpreter');
  symlinkSync(join(dirname(venv), 'usr/python3'), join(venv, 'bin/python'));
  symlinkSync('lib', join(venv, 'lib64'));
  writeFileSync(join(packages, 'pkg/__init__.py'), 'x = 1\n', { mode: 0o644 });
  writeFileSync(join(packages, 'pkg/Zed.py'), '', { mode: 0o644 });
  writeFileSync(join(packages, 'pkg/é\n".py'), 'odd name', { mode: 0o644 });
  writeFileSync(join(packages, 'pkg/__pycache__/x.pyc'), 'compiled');
});

/** An interpreter beside the venv. */
function makeBase(folder: string, content: string): void {
  mkdirSync(join(dirname(venv), folder), { recursive: true });
  writeFileSync(join(dirname(venv), folder, 'python3'), content);
}

function linkPython(target: string): void {
  rmSync(join(venv, 'bin/python'));
  symlinkSync(target, join(venv, 'bin/python'));
}

const rootOf = (at = venv): Promise<VenvRoot> => merkleRoot(at, { cache: openHashCache(null) });
const inPackage = (name: string): string => join(venv, 'lib/python3.11/site-packages/pkg', name);

describe('the Merkle root of a venv', () => {
  it('is what the rule says', async () => {
    const root = await rootOf();
    expect(root.listing.split('\n').slice(0, 4)).toEqual([
      '{"parts":["bin","lib","lib64"],"rule":"bench-venv-2"}',
      `{"outside":"python3","path":"bin/python","sha256":"${sha256Hex('interpreter')}","type":"link"}`,
      expect.stringMatching(
        /^\{"mode":73,"path":"bin\/tool","sha256":"[0-9a-f]{64}","size":10,"type":"file"\}$/,
      ),
      expect.stringContaining('"path":"lib/python3.11/site-packages/pkg/Zed.py"'),
    ]);
    expect(root).toMatchObject({ root: golden, files: 4, links: 2, bytes: 24 });
  });

  it('is the same for a copy elsewhere, whatever its times, caches, and what lies beside the three folders', async () => {
    const { root } = await rootOf();
    const copy = `${venv}-copy`;
    cpSync(venv, copy, { recursive: true, verbatimSymlinks: true });
    utimesSync(join(copy, 'bin/tool'), 1, 1);
    writeFileSync(join(copy, 'pyvenv.cfg'), 'home = /opt\n');
    writeFileSync(join(copy, 'share/doc'), 'doc');
    mkdirSync(join(copy, 'lib/__pycache__'));
    writeFileSync(join(copy, 'lib/__pycache__/y.pyc'), 'compiled');
    chmodSync(join(copy, 'lib/python3.11/site-packages/pkg/Zed.py'), 0o600);
    expect((await rootOf(copy)).root).toBe(root);
  });

  it.each<[string, () => void]>([
    ['a changed byte', () => writeFileSync(inPackage('__init__.py'), 'x = 2\n')],
    ['an added empty file', () => writeFileSync(inPackage('new.py'), '')],
    ['a removed file', () => rmSync(inPackage('Zed.py'))],
    ['a renamed file', () => renameSync(inPackage('Zed.py'), inPackage('zed.py'))],
    ['an executable bit', () => chmodSync(inPackage('Zed.py'), 0o755)],
    [
      'another name of the same interpreter',
      () => {
        cpSync(join(venv, '../usr/python3'), join(venv, '../usr/python3.11'));
        linkPython(join(venv, '../usr/python3.11'));
      },
    ],
    ['another interpreter under the same name', () => makeBase('usr', 'other interpreter')],
    ['a link to nothing', () => linkPython('/nowhere/python3')],
    ['a relative link target', () => linkPython('../../usr/python3')],
    [
      'a link in place of an equal file',
      () => {
        cpSync(inPackage('Zed.py'), join(venv, 'share/Zed.py'));
        rmSync(inPackage('Zed.py'));
        symlinkSync('../../../../share/Zed.py', inPackage('Zed.py'));
      },
    ],
  ])('is another after %s', async (_name, change) => {
    const { root } = await rootOf();
    change();
    expect((await rootOf()).root).not.toBe(root);
  });

  it('does not depend on the folder of the base interpreter, nor on how a link says where inside it leads', async () => {
    const { root } = await rootOf();
    makeBase('opt', 'interpreter');
    linkPython(join(venv, '../opt/python3'));
    expect((await rootOf()).root).toBe(root);
    linkPython(join(venv, 'bin/tool'));
    expect((await rootOf()).listing).toContain('{"inside":"bin/tool","path":"bin/python","type":"link"}');
  });

  it('has a dirHash that plain tools confirm', async () => {
    rmSync(inPackage('é\n".py'));
    const command =
      'find bin lib lib64 -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum';
    const said = execFileSync('sh', ['-c', command], { cwd: venv, encoding: 'utf8' });
    expect((await rootOf()).dirHash).toBe(said.split(' ')[0]);
  });

  it('refuses a name that JSON cannot hold', async () => {
    writeFileSync(Buffer.concat([Buffer.from(join(venv, 'bin/')), Buffer.from([0xff])]), '');
    await expect(rootOf()).rejects.toThrow(/not UTF-8/);
  });
});
