import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  findCgroup,
  inside,
  isPopulated,
  killLeaf,
  type Leaf,
  leafPids,
  pidNamespace,
  removeLeaf,
} from '../../src/supervisor/cgroup.ts';
import { sweepStale } from '../../src/supervisor/sweep.ts';
import { eventually, newLeaf } from './fixture.ts';

const line = (root: string, mount: string): string =>
  `41 31 0:38 ${root} ${mount} rw,relatime shared:7 - cgroup2 cgroup2 rw\n`;

describe('findCgroup', () => {
  it.each([
    [
      'pure',
      line('/', '/sys/fs/cgroup'),
      '0::/user.slice/session-1.scope\n',
      '/sys/fs/cgroup/user.slice/session-1.scope',
    ],
    [
      'hybrid',
      `30 20 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n${line('/', '/sys/fs/cgroup/unified')}`,
      '4:cpu:/x\n0::/\n',
      '/sys/fs/cgroup/unified',
    ],
    [
      'container, host namespace',
      line('/docker/abc', '/sys/fs/cgroup'),
      '0::/docker/abc/engine\n',
      '/sys/fs/cgroup/engine',
    ],
    ['a space in the mount', line('/', '/mnt/a\\040b'), '0::/c\n', '/mnt/a b/c'],
    ['the second mount fits', line('/other', '/mnt/x') + line('/', '/mnt/y'), '0::/c\n', '/mnt/y/c'],
  ])('%s', (_, mountinfo, own, home) => {
    expect(findCgroup(mountinfo, own)).toMatchObject({ home });
  });

  it.each([
    ['no v2 at all', '', '4:cpu:/\n', /no cgroup v2/],
    [
      'not mounted',
      '30 20 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n',
      '0::/\n',
      /no cgroup2 file system/,
    ],
    ['mounted elsewhere', line('/other', '/mnt'), '0::/mine\n', /does not show bench/],
  ])('%s is a sentence', (_, mountinfo, own, message) => {
    expect(findCgroup(mountinfo, own)).toMatch(message);
  });
});

const possible = typeof createProbe() !== 'string';

describe.skipIf(!possible)('a leaf', () => {
  const make = (): Leaf => {
    const leaf = newLeaf(`unit-${process.pid}-${Math.random().toString(36).slice(2)}`);
    if (typeof leaf === 'string') throw new Error(leaf);
    onTestFinished(async () => {
      killLeaf(leaf.path);
      await eventually(() => removeLeaf(leaf.path));
    });
    return leaf;
  };

  it('holds a child born in it and all it forks, and bench is outside again', async () => {
    const leaf = make();
    const script = 'setsid sh -c "sleep 60 & sleep 60" & setsid sleep 60 & wait';
    inside(leaf, () => spawn('/bin/sh', ['-c', script], { stdio: 'ignore', detached: true }));
    expect(readFileSync('/proc/self/cgroup', 'utf8')).not.toContain(leaf.path.split('/').at(-1));
    expect(await eventually(() => leafPids(leaf.path).length >= 4)).toBe(true);
    expect(isPopulated(leaf.path)).toBe(true);
    expect(removeLeaf(leaf.path)).toBe(false);
    killLeaf(leaf.path);
    expect(await eventually(() => !isPopulated(leaf.path))).toBe(true);
    expect(removeLeaf(leaf.path)).toBe(true);
    expect(existsSync(leaf.path)).toBe(false);
  });

  it('is left by bench though the spawn throws', () => {
    const leaf = make();
    const fail = (): never => {
      throw new Error('no');
    };
    expect(() => inside(leaf, fail)).toThrow('no');
    expect(leafPids(leaf.path)).toEqual([]);
  });

  it('is removed with cgroups made below it', () => {
    const leaf = make();
    mkdirSync(join(leaf.path, 'a', 'b'), { recursive: true });
    expect(removeLeaf(leaf.path)).toBe(true);
  });

  it('of a dead bench is swept with all in it; those of the living and of other namespaces stay', async () => {
    const { home } = make();
    const put = (name: string): Leaf => {
      const leaf = { path: join(home, name), home, name: `/${name}` };
      mkdirSync(leaf.path);
      onTestFinished(async () => {
        killLeaf(leaf.path);
        await eventually(() => removeLeaf(leaf.path));
      });
      return leaf;
    };
    const dead = put(`bench-unit-stale-${pidNamespace()}.${process.pid}.1`);
    const child = inside(dead, () => spawn('/bin/sleep', ['60'], { stdio: 'ignore' }));
    const elsewhere = put(`bench-unit-other-1.${process.pid}.1`);
    const unknown = put('bench-unit-of-somebody');
    const alive = make();
    expect(await sweepStale()).toContain(dead.path);
    expect(existsSync(dead.path)).toBe(false);
    expect(await eventually(() => child.signalCode === 'SIGKILL')).toBe(true);
    for (const leaf of [elsewhere, unknown, alive]) expect(existsSync(leaf.path)).toBe(true);
  });
});

function createProbe(): string | null {
  const leaf = newLeaf(`unit-probe-${process.pid}`);
  if (typeof leaf === 'string') return leaf;
  rmdirSync(leaf.path);
  return null;
}
