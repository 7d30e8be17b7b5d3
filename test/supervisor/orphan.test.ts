import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { removeLeaf } from '../../src/supervisor/cgroup.ts';
import { listPids, readProcLink, readProcText } from '../../src/supervisor/procfs.ts';
import { type ChildBench, childBench, expectNothingLeft, kill } from './child-bench.ts';
import { compileSupervisor } from './compile.ts';
import { engines, eventually, newLeaf, pidsWith } from './fixture.ts';

const supervisor = compileSupervisor();
const bench = (options: Parameters<typeof childBench>[1]): ChildBench => childBench(supervisor, options);

const probe = newLeaf(`unit-probe-orphan-${process.pid}`);
const hasCgroup = typeof probe !== 'string' && removeLeaf(probe.path);

describe.skipIf(!hasCgroup)('kill -9 of bench, engine in a cgroup', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])('at a random moment leaves nothing (%i)', async (nth) => {
    const { child, mark } = bench({ containment: 'auto' });
    // From before the spawn to well after ready.
    await sleep(100 + (nth * 700) / 12 + Math.random() * 60);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expectNothingLeft(mark);
  });

  it('once ready leaves nothing of six processes that hang on nothing', async () => {
    const { child, mark, said } = bench({ containment: 'auto' });
    expect(await said('ready')).toBe(true);
    expect(pidsWith(mark).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    await expectNothingLeft(mark);
  });

  it('with its whole process group leaves nothing', async () => {
    const { child, mark, said } = bench({ containment: 'auto' });
    expect(await said('ready')).toBe(true);
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await expectNothingLeft(mark);
  });
});

describe('kill -9 of bench, engine in a process group', () => {
  it.each([0, 1, 2])('leaves nothing that holds the output or was seen (%i)', async () => {
    const { child, mark, said } = bench({ containment: 'pgroup' });
    expect(await said('ready')).toBe(true);
    expect(pidsWith(mark).length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expectNothingLeft(mark);
  });
});

describe('the guard', () => {
  const running = async (
    containment: 'auto' | 'pgroup' = 'auto',
  ): Promise<ChildBench & { guard: number }> => {
    const started = bench({ containment });
    expect(await started.said('ready')).toBe(true);
    return { ...started, guard: guardOf(started.child.pid ?? 0) };
  };

  it('stands outside the engine and its group, with no file of bench open but the pipe', async () => {
    const { guard, child } = await running();
    expect(guard).toBeGreaterThan(0);
    const fds = readdirSync(`/proc/${guard}/fd`).map((fd) => readProcLink(guard, `fd/${fd}`));
    expect(fds[0]).toMatch(/^socket:/);
    expect(new Set(fds.slice(1))).toEqual(new Set(['/dev/null']));
    expect(readProcLink(guard, 'cwd')).toBe('/');
    kill(child.pid ?? 0);
  });

  it('does not care for the signals of a terminal, and works after them', async () => {
    const { guard, child, mark } = await running();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.kill(guard, signal);
    await sleep(100);
    expect(existsSync(`/proc/${guard}`)).toBe(true);
    child.kill('SIGKILL');
    await expectNothingLeft(mark);
    expect(await eventually(() => !existsSync(`/proc/${guard}`))).toBe(true);
  });

  it('that is killed is replaced, and the new one works', async () => {
    const { guard, child, mark } = await running();
    kill(guard);
    expect(await eventually(() => ![0, guard].includes(guardOf(child.pid ?? 0)))).toBe(true);
    child.kill('SIGKILL');
    await expectNothingLeft(mark);
  });

  it.each(['auto', 'pgroup'] as const)('goes when bench ends well (%s)', async (containment) => {
    const argv = (name: string): string[] => [
      process.execPath,
      join(engines, 'serves.mjs'),
      '--marker',
      name,
    ];
    const { child, mark, said } = bench({ containment, stop: true, argv });
    expect(await said('spawn')).toBe(true);
    const guard = guardOf(child.pid ?? 0);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(guard).toBeGreaterThan(0);
    expect(await eventually(() => !existsSync(`/proc/${guard}`))).toBe(true);
    await expectNothingLeft(mark);
  });
});

/** The guard among the children of a bench. */
function guardOf(pid: number): number {
  const isGuard = (other: number): boolean => {
    const isChild = new RegExp(`^PPid:\\s*${pid}$`, 'm').test(readProcText(other, 'status') ?? '');
    return isChild && (readProcText(other, 'cmdline') ?? '').includes('bench-guard');
  };
  return listPids().find(isGuard) ?? 0;
}
