import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type ProcessWatch, watchProcesses } from '../../src/supervisor/processes.ts';
import { isLive, readStat } from '../../src/supervisor/procfs.ts';
import { treeByWalk } from '../../src/supervisor/tree.ts';
import { eventually, pidsWith } from './fixture.ts';

/** A shell in a session of its own, told from the test to end. */
function shell(script: string, env: Record<string, string> = {}): ChildProcess & { readonly pid: number } {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env });
  const { pid } = child;
  if (pid === undefined) throw new Error('no shell');
  onTestFinished(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Ended by itself.
    }
  });
  return Object.assign(child, { pid });
}

function watching(pid: number): { watch: ProcessWatch; told: number[] } {
  const told: number[] = [];
  const now = (): number => Number(process.hrtime.bigint());
  const watch = watchProcesses(treeByWalk({ rootPid: pid, outputs: [] }), now, (seen) => told.push(seen));
  watch.watch();
  onTestFinished(() => watch.end());
  return { watch, told };
}

it('keeps processes that came and went, and says who lives', async () => {
  const { pid } = shell('/bin/sleep 0.4; exec /bin/sleep 60', { A: '1' });
  const { watch, told } = watching(pid);
  expect(await eventually(() => watch.seen().length === 2)).toBe(true);
  expect(await eventually(() => watch.livePids().length === 1)).toBe(true);
  const [root, sleeper] = watch.seen();
  expect(sleeper).toMatchObject({ ppid: pid, argv: ['/bin/sleep', '0.4'], comm: 'sleep' });
  expect(told).toEqual([pid, sleeper?.pid]);
  expect(root?.pid).toBe(pid);
});

it('describes a process anew when it executes another program', async () => {
  const { pid } = shell('/bin/sleep 0.3; export B=2; exec /bin/sleep 60', { A: '1' });
  const { watch } = watching(pid);
  const root = (): ReturnType<ProcessWatch['seen']>[number] | undefined =>
    watch.seen().find((seen) => seen.pid === pid);
  expect(root()).toMatchObject({ argv: ['/bin/sh', '-c', expect.any(String)], env: { A: '1' } });
  expect(await eventually(() => root()?.comm === 'sleep')).toBe(true);
  expect(root()).toMatchObject({ argv: ['/bin/sleep', '60'], env: { A: '1', B: '2' } });
  expect(root()?.exe).toMatch(/sleep/);
});

it('is slower while quiet, and finds new processes all the same', async () => {
  const { pid } = shell('/bin/sleep 0.2; /bin/sleep 60');
  const { watch } = watching(pid);
  watch.quiet();
  await sleep(0);
  expect(await eventually(() => watch.seen().some((seen) => seen.argv[1] === '60'))).toBe(true);
});

it('by a walk finds an orphan of another session by its environment, and no stranger', async () => {
  const env = { WALK: `${process.pid}-${Math.random()}` };
  const root = shell('/bin/sleep 60', env);
  const tree = treeByWalk({ rootPid: root.pid, outputs: [] });
  const stranger = shell('/bin/sleep 60', { OTHER: '1' });
  const seconds = `60.${process.pid}${Math.floor(Math.random() * 1e6)}`;
  spawn('/usr/bin/setsid', ['--fork', '/bin/sleep', seconds], { env, stdio: 'ignore' });
  expect(await eventually(() => pidsWith(`sleep\0${seconds}`).length === 1)).toBe(true);
  const [orphan = 0] = pidsWith(`sleep\0${seconds}`);
  onTestFinished(() => void process.kill(orphan, 'SIGKILL'));
  expect(await eventually(() => readStat(orphan)?.ppid === 1)).toBe(true);
  const pids = tree().map((stat) => stat.pid);
  expect(pids).toContain(root.pid);
  expect(pids).toContain(orphan);
  expect(pids).not.toContain(stranger.pid);
  expect(pids).not.toContain(process.pid);
});

it('counts a zombie as dead', async () => {
  const parent = shell('/bin/sleep 0.6 & exec /bin/sleep 60');
  const { watch } = watching(parent.pid);
  expect(await eventually(() => watch.seen().length === 2)).toBe(true);
  const zombie = watch.seen()[1]?.pid ?? 0;
  expect(await eventually(() => readStat(zombie)?.state === 'Z')).toBe(true);
  expect(isLive(readStat(zombie))).toBe(false);
  expect(watch.livePids()).toEqual([parent.pid]);
});
