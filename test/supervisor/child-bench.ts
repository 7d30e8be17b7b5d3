import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { findCgroup } from '../../src/supervisor/cgroup.ts';
import { readProcText } from '../../src/supervisor/procfs.ts';
import { engines, eventually, marker, pidsWith, scratch } from './fixture.ts';

/** A bench in a process of its own, to be killed. */
export interface ChildBench {
  readonly child: ChildProcess;
  /** In the argv of every process of the engine and, as part of the leaf's name, of the guard. */
  readonly mark: string;
  said(event: string): Promise<boolean>;
}

interface ChildOptions {
  readonly containment: 'auto' | 'pgroup';
  /** Stops the engine once it is ready, and ends. */
  readonly stop?: boolean;
  /** The engine, with the mark in its argv; default: one that scatters helpers. */
  readonly argv?: (mark: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A bench in its own process group, from the compiled supervisor. */
export function childBench(supervisor: string, options: ChildOptions): ChildBench {
  const mark = marker();
  const keep = options.containment === 'pgroup' ? ['--keep'] : [];
  const json = {
    ...options,
    argv: options.argv?.(mark) ?? [
      process.execPath,
      join(engines, 'forks-daemon.mjs'),
      '--marker',
      mark,
      ...keep,
    ],
    env: options.env ?? { ORPHAN: mark },
    cwd: scratch(),
    name: mark,
    keepAlive: true,
  };
  const script = join(engines, '..', 'supervisor-child.mjs');
  const child = spawn(process.execPath, [script, supervisor, JSON.stringify(json)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  onTestFinished(() => {
    for (const pid of [child.pid ?? 0, ...pidsWith(mark)]) kill(pid);
  });
  return { child, mark, said: (event) => eventually(() => output.split('\n').includes(event)) };
}

function leavesOf(mark: string): string[] {
  const place = findCgroup(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  );
  return typeof place === 'string' ? [] : readdirSync(place.home).filter((name) => name.includes(mark));
}

/** SIGKILL; one that is gone is no error. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone, as it should be.
  }
}

/** Nothing of the engine, the guard or the cgroup is left, after ten seconds at most. */
export async function expectNothingLeft(mark: string): Promise<void> {
  await eventually(() => pidsWith(mark).length === 0 && leavesOf(mark).length === 0);
  expect(pidsWith(mark).map((pid) => readProcText(pid, 'cmdline'))).toEqual([]);
  expect(leavesOf(mark)).toEqual([]);
}
