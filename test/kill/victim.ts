import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStat } from '../../src/supervisor/procfs.ts';
import type { Lane } from './lane.ts';
import { lengths, opens, type Phase, type PhaseTimes } from './phase.ts';

/** A `bench run` that is under way, in a process group of its own. */
export interface Victim {
  readonly pid: number;
  /** `.<pid>.<start ticks>`: ends the name of its cgroup leaf, and is in the argv of its guard. */
  readonly identity: string;
  /** The phase it is in, by what it said last. */
  phase(): Phase;
  isOver(): boolean;
  /** Resolves when the phase begins, or when bench is over. */
  reaches(phase: Phase): Promise<void>;
  /** When it is over and all it said has been read. */
  readonly ended: Promise<VictimEnd>;
}

/** How it ended. */
export interface VictimEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** How long each phase took, in ms; NaN for those it did not reach. */
  readonly times: PhaseTimes;
}

/** Starts bench in a lane. */
export function startBench(program: string, lane: Lane): Victim {
  const startMs = performance.now();
  const child = spawn(process.execPath, [program, 'run', 'configs/x.yaml'], {
    cwd: lane.root,
    env: lane.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const identity = `.${pid}.${readStat(pid)?.startTicks}`;
  const starts = new Map<Phase, number>([['set-up', 0]]);
  const stderr = follow(child, (line) => {
    const phase = opens(line);
    if (phase !== null) starts.set(phase, performance.now() - startMs);
  });
  let isOver = false;
  const ended = endOf(child).then(({ code, signal }) => {
    isOver = true;
    return { code, signal, stderr: stderr(), times: lengths(starts, performance.now() - startMs) };
  });
  return {
    pid,
    identity,
    phase: () => [...starts.keys()].at(-1) ?? 'set-up',
    isOver: () => isOver,
    async reaches(phase) {
      while (!starts.has(phase) && !isOver) await sleep(2);
    },
    ended,
  };
}

/** Hands on whole lines of stderr as they come; answers all that was said so far. */
function follow(child: ChildProcess, onLine: (line: string) => void): () => string {
  let text = '';
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => text;
}

/** The exit, and the end of stderr with it, unless something that outlives bench holds it open. */
async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await Promise.race([closed, sleep(1_000)]);
  return { code, signal };
}
