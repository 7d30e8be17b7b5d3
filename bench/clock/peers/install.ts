import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '../compile.ts';
import type { PeerName } from './plan.ts';
import { finish, start } from './processes.ts';

/** A tool to install, and the packages its timing hangs on. */
interface Pinned {
  readonly tool: string;
  readonly with: readonly string[];
  readonly size: string;
}

/** The versions measured. */
export const pins: Readonly<Record<Exclude<PeerName, 'bench'>, Pinned>> = {
  guidellm: {
    tool: 'guidellm==0.8.1',
    with: ['httpx==0.28.1', 'httpcore==1.0.9', 'h11==0.16.0', 'anyio==4.16.0', 'uvloop==0.23.0'],
    size: '6 GB on disk, most of it torch',
  },
  aiperf: {
    tool: 'aiperf==0.13.0',
    with: ['aiohttp==3.14.5', 'orjson==3.11.9', 'pyzmq==26.4.0', 'uvloop==0.23.0'],
    size: '1.2 GB on disk',
  },
};

/** Path of the peer's python, or the sentence that says why there is none. */
export type Installed = { readonly python: string } | { readonly why: string };

/**
 * Installs a peer into a venv of its own under `.venvs/peers`, once. It is made beside its place and renamed at the
 * end, so an interrupted installation leaves nothing that looks whole.
 */
export async function install(
  name: Exclude<PeerName, 'bench'>,
  say: (line: string) => void,
): Promise<Installed> {
  const { tool, with: packages, size } = pins[name];
  const requirements = `${[tool, ...packages].join('\n')}\n`;
  const home = venvs();
  const folder = join(home, name);
  const python = join(folder, 'bin', 'python');
  const list = join(folder, 'requirements.txt');
  if (existsSync(python) && existsSync(list) && readFileSync(list, 'utf8') === requirements)
    return { python };
  mkdirSync(home, { recursive: true });
  sweep(home, name);
  const staging = join(home, `${name}-${process.pid}`);
  say(`installing ${tool} (${size}; minutes)`);
  const why = await build(staging, [tool, ...packages], say);
  if (why !== null) {
    rmSync(staging, { recursive: true, force: true });
    return { why: `${tool} could not be installed and is left out: ${why}` };
  }
  writeFileSync(join(staging, 'requirements.txt'), requirements);
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  return { python };
}

/** Removes what an installation of this process has left half-way. */
export function removeUnfinished(): void {
  for (const name of Object.keys(pins)) {
    rmSync(join(venvs(), `${name}-${process.pid}`), { recursive: true, force: true });
  }
}

function venvs(): string {
  return join(checkoutRoot(), '.venvs', 'peers');
}

async function build(
  folder: string,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<string | null> {
  const venv = await finish(start('python3', ['-m', 'venv', folder], { stdio: 'pipe' }), 120_000);
  if (venv.failure !== null)
    return `python3 -m venv failed (${venv.failure}). ${venv.lastLine || 'Is python3 with venv installed?'}`;
  const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  const patience = ['--retries', '1', '--timeout', '20'];
  const errors: string[] = [];
  const child = start(join(folder, 'bin', 'python'), [...pip, ...patience, ...packages], { stdio: 'pipe' });
  const { failure, lastLine } = await finish(child, 30 * 60_000, (line) => {
    if (line.startsWith('ERROR:')) errors.push(line.slice('ERROR: '.length));
    say(line);
  });
  return failure === null
    ? null
    : `pip ended with ${failure} (is a package index reachable?). ${errors.at(-1) ?? lastLine}`;
}

/** Removes what installations left that were killed half-way. */
function sweep(home: string, name: string): void {
  for (const entry of readdirSync(home)) {
    const owner = Number(entry.startsWith(`${name}-`) ? entry.slice(name.length + 1) : Number.NaN);
    if (Number.isInteger(owner) && !existsSync(`/proc/${owner}`))
      rmSync(join(home, entry), { recursive: true, force: true });
  }
}
