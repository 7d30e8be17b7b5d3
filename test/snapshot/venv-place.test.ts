import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { merkleRoot, type VenvRoot } from '../../src/snapshot/merkle.ts';

const packages = 'lib/python3.11/site-packages';
const library = `${packages}/pkg/__init__.py`;
const record = `${packages}/pkg-1.0.dist-info/RECORD`;

let first: string;
let second: string;
let pristine: string;
let expected: string;

beforeAll(async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-place-')));
  first = install(join(root, 'a/venv'));
  second = install(join(root, 'a longer (folder)+é/other.venv'));
  pristine = join(root, 'pristine');
  cpSync(second, pristine, { recursive: true, verbatimSymlinks: true });
  expected = (await rootOf(first)).root;
}, 60_000);

afterEach(() => {
  rmSync(second, { recursive: true });
  cpSync(pristine, second, { recursive: true, verbatimSymlinks: true });
});

const rootOf = (at: string, cache = openHashCache(null)): Promise<VenvRoot> => merkleRoot(at, { cache });

/** Replaces one text in a file of the second venv; it must be there. */
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(second, path), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(second, path), text.replace(from, to));
}

describe('the root of one install in two folders', () => {
  it('is the same, although scripts and RECORD differ on disk', async () => {
    for (const path of ['bin/pkg', 'bin/activate', record]) {
      expect(readFileSync(join(second, path))).not.toEqual(readFileSync(join(first, path)));
    }
    const [one, two] = [await rootOf(first), await rootOf(second)];
    expect(two.listing).toBe(one.listing);
    expect(two.root).toBe(one.root);
    expect(two.dirHash).not.toBe(one.dirHash);
  });

  it('lists a script and RECORD without their place, and says how much was left out', async () => {
    const { listing } = await rootOf(second);
    const script = '#!$VENV/bin/python3\nimport pkg\nprint("$VENV/share", \'$VENV\')\n';
    const entry = `"sha256":"${sha256Hex(script)}","size":${script.length},"type":"file","venvPaths":3}`;
    expect(listing).toContain(`{"mode":73,"path":"bin/pkg",${entry}`);
    const lines = readFileSync(join(second, record), 'utf8').split('\r\n');
    const cut = ['../../../bin/pkg,,', ...lines.slice(1)].join('\r\n');
    expect(listing).toContain(`{"binLines":1,"mode":0,"path":"${record}","sha256":"${sha256Hex(cut)}"`);
  });

  it('is the same through a link to the venv', async () => {
    const link = `${first}-link`;
    symlinkSync(first, link);
    expect((await rootOf(link)).root).toBe(expected);
  });

  it.each<[string, () => void]>([
    ['a changed script body', () => edit('bin/pkg', 'import pkg', 'import pkg2')],
    ['a script that runs in another folder', () => edit('bin/pkg', second, first)],
    ['the token in place of the path', () => edit('bin/pkg', second, '$VENV')],
    ['the token beside the path', () => edit('bin/pkg', `print("${second}`, 'print("$VENV')],
    ['a changed library byte', () => edit(library, 'x = 1', 'x = 2')],
    ['the path in a library', () => appendFileSync(join(second, library), `# ${second}\n`)],
    ['an added file', () => writeFileSync(join(second, 'bin/new'), '')],
    ['a removed script', () => rmSync(join(second, 'bin/pkg'))],
    ['the RECORD entry of a library file', () => edit(record, `,${librarySize}\r\n`, ',7\r\n')],
    ['the name of a script in RECORD', () => edit(record, '../../../bin/pkg', '../../../bin/pkg2')],
    ['a line dropped from RECORD', () => edit(record, 'pkg-1.0.dist-info/RECORD,,\r\n', '')],
    ['an executable bit', () => chmodSync(join(second, 'bin/pkg'), 0o644)],
  ])('is another after %s', async (_name, change) => {
    change();
    expect((await rootOf(second)).root).not.toBe(expected);
  });

  it.each([
    ['begins', (venv: string) => `${venv}2`],
    ['ends', (venv: string) => `/mnt${venv}`],
  ])('keeps a path that only %s like that of the venv', async (_name, nearby) => {
    const entries: (string | undefined)[] = [];
    for (const venv of [first, second]) {
      writeFileSync(join(venv, 'bin/nearby'), `${nearby(venv)}\n`);
      const { listing } = await rootOf(venv);
      entries.push(listing.split('\n').find((line) => line.includes('"bin/nearby"')));
      rmSync(join(venv, 'bin/nearby'));
    }
    expect(entries).toHaveLength(2);
    expect(entries[0]).not.toBe(entries[1]);
    expect(entries.join()).not.toContain('venvPaths');
  });

  it('tells a path from the letters of its token', async () => {
    writeFileSync(join(second, 'bin/letters'), `${second} $VENV\n`);
    const { root } = await rootOf(second);
    writeFileSync(join(second, 'bin/letters'), `$VENV ${second}\n`);
    expect((await rootOf(second)).root).not.toBe(root);
  });

  it('leaves binaries and big files in bin as they are', async () => {
    for (const [name, content] of [
      ['binary', `\0${second}\n`],
      ['big', `${second}\n${'#'.repeat(64 * 1024)}`],
    ] as const) {
      writeFileSync(join(second, 'bin', name), content);
      const { listing } = await rootOf(second);
      const entry = listing.split('\n').find((line) => line.includes(`"bin/${name}"`));
      expect(entry).toContain(`"sha256":"${sha256Hex(content)}"`);
    }
  });

  it('is the same from the cache, which holds only what is on disk', async () => {
    for (const path of ['bin/pkg', record]) utimesSync(join(second, path), 1, 1);
    const cache = openHashCache(null);
    const kept: string[] = [];
    const add: typeof cache.add = (file) => {
      kept.push(file.sha256);
      // As if it had rested long enough to be believed.
      cache.add(file, Number.POSITIVE_INFINITY);
    };
    const watched = { ...cache, add };
    const fresh = await rootOf(second, watched);
    const again = await rootOf(second, watched);
    expect(again.fromCache).toBe(again.files);
    expect(again).toEqual({ ...fresh, fromCache: again.files });
    expect(fresh.root).toBe(expected);
    expect(kept).toContain(sha256Hex(readFileSync(join(second, 'bin/pkg'))));
    const listed = fresh.listing.split('\n').find((line) => line.includes('"bin/pkg"')) ?? '';
    expect(kept).not.toContain(/"sha256":"(\w+)"/.exec(listed)?.[1]);
  });

  it('refuses a script that is not the one the cache knows', async () => {
    const cache = openHashCache(null);
    const stale = { ...cache, get: () => sha256Hex('another') };
    await expect(rootOf(second, stale)).rejects.toThrow(/bin\/.* changed while/);
  });
});

const librarySize = 6;

/** A real venv with one package, as an installer would leave it. */
function install(venv: string): string {
  execFileSync('python3', ['-m', 'venv', '--without-pip', venv]);
  mkdirSync(join(venv, packages, 'pkg-1.0.dist-info'), { recursive: true });
  mkdirSync(join(venv, packages, 'pkg'));
  const content = 'x = 1\n';
  const script = `#!${venv}/bin/python3\nimport pkg\nprint("${venv}/share", '${venv}')\n`;
  writeFileSync(join(venv, library), content);
  writeFileSync(join(venv, 'bin/pkg'), script, { mode: 0o755 });
  const lines = [
    `../../../bin/pkg,sha256=${sha256Hex(script)},${Buffer.byteLength(script)}`,
    `pkg/__init__.py,sha256=${sha256Hex(content)},${librarySize}`,
    'pkg-1.0.dist-info/RECORD,,',
  ];
  writeFileSync(join(venv, record), lines.map((line) => `${line}\r\n`).join(''));
  return venv;
}
