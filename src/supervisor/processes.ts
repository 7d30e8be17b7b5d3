import { parseEnviron } from './environment.ts';
import { type ProcessStat, readProc, readProcLink, splitNul } from './procfs.ts';
import type { ReadTree } from './tree.ts';

/** One process of the engine's tree, as it was when first seen: titles set later blank /proc. */
export interface ProcessSeen {
  readonly pid: number;
  readonly ppid: number;
  /** Clock ticks since boot; with the pid, it names one process. */
  readonly startTicks: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `first-seen`: as read before any title blanked it; `empty`: it has none; `blank`: blanked before it was seen; `unreadable`. */
  readonly envSource: 'first-seen' | 'empty' | 'blank' | 'unreadable';
  readonly cwd: string | null;
  readonly exe: string | null;
  readonly firstSeenNs: number;
  readonly lastSeenNs: number;
}

/** Watches which processes the tree has, from spawn to end. */
export interface ProcessWatch {
  /** Looks now. */
  look(): void;
  /** Looks every 100 ms. */
  watch(): void;
  /** Looks once a second, at new processes only: for while requests are timed. */
  quiet(): void;
  end(): void;
  /** Every process ever seen, in the order of their first sight. */
  seen(): ProcessSeen[];
  /** The pids that live now. */
  livePids(): number[];
}

const WATCH_MS = 100;
const QUIET_MS = 1000;

type Record_ = { -readonly [key in keyof ProcessSeen]: ProcessSeen[key] } & { stackAddress: string };

/** @param onNew told of each process when it is first seen. */
export function watchProcesses(
  readTree: ReadTree,
  now: () => number,
  onNew: (pid: number, startTicks: number) => void,
): ProcessWatch {
  const records = new Map<string, Record_>();
  let timer: NodeJS.Timeout | null = null;
  const look = (onlyNew: boolean): void => {
    const tNs = now();
    for (const stat of readTree()) {
      const key = `${stat.pid}:${stat.startTicks}`;
      const record = records.get(key);
      if (record === undefined) {
        records.set(key, firstSight(stat, tNs));
        onNew(stat.pid, stat.startTicks);
        continue;
      }
      record.lastSeenNs = tNs;
      if (!onlyNew) refresh(record, stat);
    }
  };
  const every = (periodMs: number, onlyNew: boolean): void => {
    if (timer !== null) clearInterval(timer);
    timer = setInterval(() => look(onlyNew), periodMs);
    timer.unref();
  };
  return {
    look: () => look(false),
    watch() {
      every(WATCH_MS, false);
      look(false);
    },
    quiet: () => every(QUIET_MS, true),
    end() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
    seen: () => [...records.values()].map(({ stackAddress: _, ...process }) => process),
    livePids: () => readTree().map((stat) => stat.pid),
  };
}

function firstSight(stat: ProcessStat, tNs: number): Record_ {
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    startTicks: stat.startTicks,
    comm: stat.comm,
    ...readImage(stat.pid),
    stackAddress: stat.stackAddress,
    firstSeenNs: tNs,
    lastSeenNs: tNs,
  };
}

/** A new program in the same process (exec) is described anew; a new title alone never is. */
function refresh(record: Record_, stat: ProcessStat): void {
  record.comm = stat.comm;
  const executed = record.stackAddress !== stat.stackAddress;
  if (!executed && record.envSource === 'first-seen' && record.argv.length > 0) return;
  const image = readImage(stat.pid);
  if (image.argv.length > 0) record.argv = image.argv;
  record.exe = image.exe ?? record.exe;
  record.cwd = image.cwd ?? record.cwd;
  if (executed || image.envSource === 'first-seen') {
    record.env = image.env;
    record.envSource = image.envSource;
  }
  record.stackAddress = stat.stackAddress;
}

function readImage(pid: number): Pick<ProcessSeen, 'argv' | 'env' | 'envSource' | 'cwd' | 'exe'> {
  const cmdline = readProc(pid, 'cmdline') ?? Buffer.alloc(0);
  const environ = readProc(pid, 'environ');
  const envSource = sourceOf(environ);
  return {
    argv: isBlank(cmdline) ? [] : splitNul(cmdline),
    env: envSource === 'first-seen' && environ !== null ? Object.fromEntries(parseEnviron(environ)) : {},
    envSource,
    cwd: readProcLink(pid, 'cwd'),
    exe: readProcLink(pid, 'exe'),
  };
}

function sourceOf(environ: Buffer | null): ProcessSeen['envSource'] {
  if (environ === null) return 'unreadable';
  if (environ.length === 0) return 'empty';
  return isBlank(environ) ? 'blank' : 'first-seen';
}

/** What setproctitle leaves behind: NULs and spaces only. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0 || byte === 0x20);
}
