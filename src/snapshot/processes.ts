import type { Json } from '../canonical.ts';
import type { ProcessSeen } from '../supervisor/processes.ts';
import { isAbsent, readFact } from './probe.ts';

const statusFields = [
  'State',
  'Uid',
  'Threads',
  'Cpus_allowed_list',
  'Mems_allowed_list',
  'THP_enabled',
  'VmRSS',
  'VmHWM',
];

/**
 * Every process of the engine's tree as the snapshot shows it: argv and cwd as first seen in /proc, the environment
 * of the root in full and of the others as differences to it, and how the kernel treats those that still live.
 */
export async function describeProcesses(processes: readonly ProcessSeen[], rootPid: number): Promise<Json[]> {
  const root = processes.find(({ pid }) => pid === rootPid);
  return Promise.all(
    processes.map(async (one) => ({
      pid: one.pid,
      ppid: one.ppid,
      startTicks: one.startTicks,
      comm: one.comm,
      argv: [...one.argv],
      cwd: one.cwd,
      exe: one.exe,
      firstSeenNs: one.firstSeenNs,
      lastSeenNs: one.lastSeenNs,
      envSource: one.envSource,
      ...(one === root || root === undefined
        ? { env: { ...one.env } }
        : { envFromRoot: envDifference(root.env, one.env) }),
      kernel: await kernelView(one),
    })),
  );
}

/** What must be set and unset to get from one environment to another. */
function envDifference(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): { set: Record<string, string>; unset: string[] } {
  return {
    set: Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value)),
    unset: Object.keys(from)
      .filter((name) => !(name in to))
      .sort(),
  };
}

/** Scheduling, memory and limits of a living process; absent when it has ended or its id is another's now. */
async function kernelView({ pid, startTicks }: ProcessSeen): Promise<Json> {
  const stat = await readFact(`/proc/${pid}/stat`);
  if (isAbsent(stat)) return { absent: 'it had ended' };
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (Number(fields[19]) !== startTicks) return { absent: 'it had ended' };
  const [status, cgroup, limits, oomScoreAdj] = await Promise.all([
    readFact(`/proc/${pid}/status`),
    readFact(`/proc/${pid}/cgroup`),
    readFact(`/proc/${pid}/limits`),
    readFact(`/proc/${pid}/oom_score_adj`),
  ]);
  return {
    status: isAbsent(status) ? { ...status } : pick(status),
    nice: fields[16] ?? null,
    schedulingPolicy: fields[38] ?? null,
    cgroup: lines(cgroup),
    limits: lines(limits),
    oomScoreAdj: isAbsent(oomScoreAdj) ? { ...oomScoreAdj } : oomScoreAdj,
  };
}

function pick(status: string): Json {
  return Object.fromEntries(
    statusFields.flatMap((name) => {
      const value = new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
      return value === undefined ? [] : [[name, value.replace(/\s+/g, ' ')]];
    }),
  );
}

function lines(text: Awaited<ReturnType<typeof readFact>>): Json {
  return isAbsent(text) ? { ...text } : text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
}
