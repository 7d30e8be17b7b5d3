import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { readElf } from '../../src/snapshot/elf.ts';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { describeLibraries, type Library, libraryVersion } from '../../src/snapshot/libraries.ts';
import { mappedFiles } from '../../src/snapshot/mapped-files.ts';
import { isAbsent } from '../../src/snapshot/probe.ts';
import type { ProcessSeen } from '../../src/supervisor/processes.ts';

const hashing = { cache: openHashCache(null) };
const children: ChildProcess[] = [];

async function start(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${program} ended`)));
  });
  return child.pid ?? 0;
}

/** A shell that says when it is there, and then waits. */
const waits = ['-c', 'echo up; while :; do sleep 1; done'];
const seen = (pid: number): ProcessSeen => ({ pid }) as ProcessSeen;

async function libraries(pids: readonly number[]): Promise<readonly Library[]> {
  const found = await describeLibraries(pids.map(seen), pids, new Map(), hashing);
  if (isAbsent(found)) throw new Error(found.absent);
  return found;
}

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

describe('libraries', () => {
  let shell: number;
  let node: number;
  beforeAll(async () => {
    shell = await start('/bin/sh', waits);
    node = await start(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
  });

  it('are the union over the tree, with hash, soname, version and who maps them', async () => {
    const found = await libraries([shell, node]);
    const libc = found.find(({ soname }) => soname?.startsWith('libc.so'));
    expect(libc?.sha256).toBe(sha256Hex(readFileSync(libc?.path ?? '')));
    expect(libc?.buildId).toMatch(/^[0-9a-f]{40}$/);
    // Both map it: that goes without saying.
    expect(libc).not.toHaveProperty('mappedBy');
    const standard = found.find(({ soname }) => soname === 'libstdc++.so.6');
    expect(standard).toMatchObject({
      mappedBy: [1],
      version: expect.stringMatching(/^6\.0\.\d+$/),
      versionFrom: 'file name',
    });
    expect(found.find(({ path }) => path === realpathSync(process.execPath))).toMatchObject({
      mappedBy: [1],
    });
    expect(found.map(({ path }) => path)).toEqual(found.map(({ path }) => path).toSorted());
  });

  it('that were replaced on disk are those that run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-libs-'));
    const copy = join(folder, 'shell');
    copyFileSync('/bin/sh', copy);
    const content = readFileSync(copy);
    const pid = await start(copy, waits);
    rmSync(copy);
    writeFileSync(copy, 'another program');
    const program = (await libraries([pid])).find(({ path }) => path === copy);
    expect(program?.isDeleted).toBe(true);
    // Only a privileged user may read what has no name any more; others are told so.
    expect([sha256Hex(content), { absent: 'this user cannot read it' }]).toContainEqual(program?.sha256);
    if (process.getuid?.() === 0) expect(program?.sha256).toBe(sha256Hex(content));
  });

  it.skipIf(process.getuid?.() !== 0)('of another mount namespace are read there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-libs-'));
    const copy = join(folder, 'shell');
    const script = `mount -t tmpfs none ${folder} && cp /bin/sh ${copy} && exec ${copy} -c '${waits[1]}'`;
    const pid = await start('unshare', ['--mount', 'sh', '-c', script]);
    expect(existsSync(copy)).toBe(false);
    const program = (await libraries([pid])).find(({ path }) => path === copy);
    expect(program?.sha256).toBe(sha256Hex(readFileSync('/bin/sh')));
  });

  it('come from what was hashed before, without being read', async () => {
    const [file] = mappedFiles([shell]);
    const cache = { get: () => 'f'.repeat(64), add: () => {}, save: () => {} };
    const found = await describeLibraries([seen(shell)], [shell], new Map(), { cache });
    expect(isAbsent(found) || found.find(({ path }) => path === file?.path)?.sha256).toBe('f'.repeat(64));
  });

  it('of processes that have ended are an absent fact', async () => {
    expect(await describeLibraries([seen(4_000_000)], [4_000_000], new Map(), hashing)).toMatchObject({
      absent: expect.stringContaining('no mapping'),
    });
  });
});

describe('the version of a library', () => {
  const wheel = (name: string) => ({ name, version: '9.1.0.70' });
  it.each<[string, string | null, ReturnType<typeof wheel> | undefined, string | null, string | null]>([
    ['libcudnn.so.9.1.0', 'libcudnn.so.9', undefined, '9.1.0', 'file name'],
    ['libc-2.31.so', 'libc.so.6', undefined, '2.31', 'file name'],
    ['libcudnn.so.9', 'libcudnn.so.9', wheel('nvidia-cudnn-cu12'), '9.1.0.70', 'distribution'],
    ['libtorch_cpu.so', 'libtorch_cpu.so', wheel('torch'), '9.1.0.70', 'distribution'],
    ['libggml-base.so.0', null, wheel('libggml-python'), '9.1.0.70', 'distribution'],
    ['libgomp-a34b3233.so.1', 'libgomp-a34b3233.so.1', wheel('torch'), null, null],
    ['_C.abi3.so', null, wheel('vllm'), '9.1.0.70', 'distribution'],
    ['libfoo.so', 'libfoo.so.3.1', undefined, '3.1', 'soname'],
    ['libc.so.6', 'libc.so.6', undefined, null, null],
    ['libfoo.so', null, undefined, null, null],
  ])('%s (soname %s) of %o is %s by %s', (file, soname, owner, version, versionFrom) => {
    expect(libraryVersion(file, soname, owner)).toEqual({ version, versionFrom });
  });
});

describe('an ELF file', () => {
  it('that is none, damaged or not there says nothing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-elf-'));
    const none = { soname: null, buildId: null };
    const real = readFileSync('/bin/sh');
    writeFileSync(join(folder, 'text'), 'no ELF');
    writeFileSync(join(folder, 'torn'), real.subarray(0, 100));
    const wild = Buffer.from(real);
    // Program headers said to lie far behind the end.
    wild.writeBigUInt64LE(1n << 60n, 32);
    writeFileSync(join(folder, 'wild'), wild);
    for (const name of ['text', 'torn', 'wild', 'absent']) expect(readElf(join(folder, name))).toEqual(none);
  });
});
