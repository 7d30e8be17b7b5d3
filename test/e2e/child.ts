import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Waits until stdout and stderr together hold a text; answers the first group of a pattern. */
  says(text: string | RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a command in a process group of its own. */
export function startChild(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Started {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...said }));
  });
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (name) => void child.kill(name),
    async says(text) {
      for (;;) {
        const all = `${said.stdout}${said.stderr}`;
        const found = typeof text === 'string' ? (all.includes(text) ? [text] : null) : text.exec(all);
        if (found !== null) return found[1] ?? found[0] ?? '';
        if (isOver) throw new Error(`it ended without "${text}":\n${all}`);
        await sleep(5);
      }
    },
  };
}

/** Command lines of the living processes that work in a folder or name it: what a run there has left. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ command: read(`/proc/${pid}/cmdline`), cwd: link(`/proc/${pid}/cwd`) }))
    .filter(({ command, cwd }) => command !== '' && (command.includes(folder) || cwd.startsWith(folder)))
    .map(({ command }) => command.replaceAll('\0', ' ').trim());
}

/** Waits until something is so, for ten seconds at most; answers whether it came to be. */
export async function eventually(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (isSo()) return true;
    await sleep(50);
  }
  return isSo();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
