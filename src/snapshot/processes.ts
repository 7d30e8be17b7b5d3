import type { ProcessSeen } from '../supervisor/processes.ts';
import { type Fact, isAbsent, readFact } from './probe.ts';

/** One process of the engine's tree. */
export interface ProcessView {
  readonly pid: number;
  readonly ppid: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly cwd: string | null;
  readonly exe: string | null;
  /** Ns since the run's epoch. */
  readonly firstSeenNs: number;
  readonly lastSeenNs: number;
  readonly envSource: ProcessSeen['envSource'];
  /** Of the root, or of all when the root's is not known. */
  readonly env?: { readonly [name: string]: string };
  /** Of the others: what differs from the root's. */
  readonly envFromRoot?: Fact<EnvDifference>;
  readonly kernel: Fact<KernelView>;
}

/** From one environment to another. */
export interface EnvDifference {
  readonly added: { readonly [name: string]: string };
  readonly removed: readonly string[];
  readonly changed: { readonly [name: string]: { readonly from: string; readonly to: string } };
}

/** How the kernel treats a living process. */
export interface KernelView {
  /** Fields of /proc/PID/status: Uid, Threads, Cpus_allowed_list, Mems_allowed_list, THP_enabled and the like. */
  readonly status: Fact<{ readonly [field: string]: string }>;
  readonly nice: string | null;
  readonly schedulingPolicy: Fact<string>;
  /** One line a hierarchy; noise: it holds the run's id. */
  readonly cgroup: Fact<readonly string[]>;
  /** The limits that are not the kernel's usual `unlimited`: `soft hard unit`. */
  readonly limits: Fact<{ readonly [limit: string]: string }>;
  readonly oomScoreAdj: Fact<string>;
}

const statusFields = [
  'State',
  'Uid',
  'Threads',
  'Cpus_allowed_list',
  'Mems_allowed_list',
  'THP_enabled',
  'VmLck',
  'VmRSS',
  'VmHWM',
];

/** sched(7), by number. */
const policies = ['other', 'fifo', 'rr', 'batch', 'iso', 'idle', 'deadline', 'ext'];

/**
 * Every process of the engine's tree as the snapshot shows it: argv and cwd as first seen in /proc, the environment
 * of the root in full and of the others as differences to it, and how the kernel treats those that still live.
 */
export async function describeProcesses(
  processes: readonly ProcessSeen[],
  rootPid: number,
): Promise<ProcessView[]> {
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
      ...(one === root || root === undefined || !isKnown(root)
        ? { env: { ...one.env } }
        : { envFromRoot: envFromRoot(root, one) }),
      kernel: await kernelView(one),
    })),
  );
}

function isKnown({ envSource }: ProcessSeen): boolean {
  return envSource === 'first-seen' || envSource === 'empty';
}

function envFromRoot(root: ProcessSeen, one: ProcessSeen): Fact<EnvDifference> {
  return isKnown(one)
    ? envDifference(root.env, one.env)
    : { absent: one.envSource === 'blank' ? 'a title blanked it before it was seen' : 'not readable' };
}

/** What must be added, removed and changed to get from one environment to another. */
function envDifference(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): EnvDifference {
  const entries = Object.entries(to);
  return {
    added: Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(from, name))),
    removed: Object.keys(from)
      .filter((name) => !Object.hasOwn(to, name))
      .sort(),
    changed: Object.fromEntries(
      entries
        .filter(([name, value]) => Object.hasOwn(from, name) && from[name] !== value)
        .map(([name, value]) => [name, { from: from[name] ?? '', to: value }]),
    ),
  };
}

async function kernelView({ pid, startTicks }: ProcessSeen): Promise<Fact<KernelView>> {
  const stat = await readFact(`/proc/${pid}/stat`);
  if (isAbsent(stat)) return { absent: 'it had ended' };
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Its id is another's now.
  if (Number(fields[19]) !== startTicks) return { absent: 'it had ended' };
  const [status, cgroup, limits, oomScoreAdj] = await Promise.all([
    readFact(`/proc/${pid}/status`),
    readFact(`/proc/${pid}/cgroup`),
    readFact(`/proc/${pid}/limits`),
    readFact(`/proc/${pid}/oom_score_adj`),
  ]);
  return {
    status: isAbsent(status) ? status : pick(status),
    nice: fields[16] ?? null,
    schedulingPolicy: policies[Number(fields[38])] ?? fields[38] ?? { absent: 'the kernel states none' },
    cgroup: isAbsent(cgroup) ? cgroup : cgroup.split('\n'),
    limits: isAbsent(limits) ? limits : limitsIn(limits),
    oomScoreAdj,
  };
}

function pick(status: string): { [field: string]: string } {
  return Object.fromEntries(
    statusFields.flatMap((name) => {
      const value = new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
      return value === undefined ? [] : [[name, value.replace(/\s+/g, ' ')]];
    }),
  );
}

/** proc_pid_limits(5): columns are two or more spaces apart. */
function limitsIn(text: string): { [limit: string]: string } {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [name = '', soft = '', hard = '', unit = ''] = line.split(/\s{2,}/);
      if (!name.startsWith('Max ') || (soft === 'unlimited' && hard === 'unlimited')) return [];
      return [[name.slice(4), `${soft} ${hard} ${unit}`.trim()]];
    }),
  );
}
