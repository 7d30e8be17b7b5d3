import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject, type TestContext } from 'vitest';
import { eventually } from '../e2e/child.ts';
import { type Workbench, workbench } from '../e2e/workbench.ts';
import { whyNot } from './why-not.ts';

/** What the tests share: a store of images and a registry with one image in it. */
export interface Lab {
  readonly folder: string;
  /** Top folder of a built bench. */
  readonly installed: string;
  /** Variables that lead podman to the lab's store. */
  readonly env: { readonly CONTAINERS_STORAGE_CONF: string; readonly CONTAINERS_CONF: string };
  /** `127.0.0.1:<port>` */
  readonly registry: string;
  /** The image's name, without tag; the tag is `v1`. */
  readonly image: string;
  /** Mounts without which nothing runs in it. */
  readonly mounts: readonly string[];
}

declare module 'vitest' {
  export interface ProvidedContext {
    lab: Lab | null;
  }
}

/** The lab; skips the test, and says why, where there can be none. */
export function useLab(context: Pick<TestContext, 'skip'>): Lab {
  const lab = inject('lab');
  if (lab === null) return context.skip(whyNot ?? 'no lab');
  return lab;
}

/** The scripted engine of the image, with gaps between tokens that are long beside what a busy machine adds. */
export const scripted = ['/engine/main.js', '--script', '/engine/pace.json'];

/** An experiment that runs the scripted engine in the lab's image. */
export function containerExperiment(
  lab: Lab,
  options: {
    readonly image?: string;
    readonly args?: readonly string[];
    /** Variables beside the one that marks every process of the engine. */
    readonly env?: string;
    readonly more?: string;
    readonly workload?: string;
  } = {},
): string {
  const args = options.args ?? scripted;
  return `# kept: every comment and blank

description: in a container   # and this one
engine: custom
image: ${options.image ?? `${lab.image}:v1`}   # what runs
container: { mounts: ${JSON.stringify(lab.mounts)}, shm: 64m }
args: ${JSON.stringify(args)}
env: { BENCH_LAB: $REPO_ROOT, ${options.env ?? 'SHARED: file, ONLY: this'} }
workload: { queries: queries/q.csv, max_tokens: 3${options.workload ?? ''} }
${options.more ?? ''}`;
}

/** A repository whose `configs/c.yaml` runs the lab's image, pinned. */
export async function containerBench(
  lab: Lab,
  options: Parameters<typeof containerExperiment>[1] = {},
): Promise<Workbench> {
  const bench = await workbench();
  bench.write({ 'configs/c.yaml': containerExperiment(lab, options) });
  if (options.image === undefined) {
    const pinned = await bench.benchWith({ env: lab.env }, 'config', 'pin', 'configs/c.yaml');
    if (pinned.code !== 0) throw new Error(pinned.stderr);
  }
  return bench;
}

/** Where bench can put a container by podman and runc: below its own cgroup on v1 and hybrids, nowhere on v2. */
export const placement = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'own' : 'parent';

/** podman on the lab's store; what it prints. */
export function podman(lab: Lab, ...args: string[]): string {
  return execFileSync('podman', args, {
    env: { ...process.env, ...lab.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** What there is of a bench's runs: containers in the lab, command lines of processes that tell a run's id, cgroups. */
export function remains(lab: Lab, bench: Workbench): string[] {
  const runIds = bench.bundles();
  const isOfRun = (text: string): boolean => runIds.some((runId) => text.includes(runId));
  const containers = podman(lab, 'ps', '-a', '--format', '{{.Names}}').split('\n').filter(Boolean);
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(traceOf)
    .filter((trace) => isOfRun(trace) || trace.includes(`BENCH_LAB=${bench.root}`));
  return [...containers, ...processes, ...cgroups().filter(isOfRun)];
}

/** Waits until nothing of a bench's runs is there any more; what is left, for the test to expect nothing. */
export async function whatIsLeft(lab: Lab, bench: Workbench): Promise<string[]> {
  await eventually(() => remains(lab, bench).length === 0);
  return remains(lab, bench);
}

function cgroups(): string[] {
  const top = '/sys/fs/cgroup';
  return ['', ...listing(top)].flatMap((name) => {
    const folder = join(top, name);
    return listing(folder)
      .filter((child) => child.startsWith('bench-2'))
      .map((child) => join(folder, child));
  });
}

function listing(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    return [];
  }
}

/** Command line and environment of a process; empty when it is gone. */
function traceOf(pid: string): string {
  try {
    return ['cmdline', 'environ']
      .map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' '))
      .join('\n');
  } catch {
    return '';
  }
}
