import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { interruptibly } from './interrupt.ts';
import { heldLocks } from './ledger/held-locks.ts';
import { openLedger } from './ledger-story.ts';
import { findRuntime } from './setup/container-runtime.ts';
import { findPython } from './setup/python.ts';
import { diagnose } from './snapshot/doctor.ts';
import type { Checkup } from './snapshot/doctor-check.ts';
import type { ContainmentFacts, DiskFacts, DoctorFacts, ToolFacts } from './snapshot/doctor-facts.ts';
import { sampleLoad } from './snapshot/doctor-load.ts';
import { treeFacts } from './snapshot/doctor-tree.ts';
import { gpuFacts } from './snapshot/gpu.ts';
import { gpuState } from './snapshot/gpu-state.ts';
import { hostFacts } from './snapshot/host.ts';
import { hostTool } from './snapshot/host-tool.ts';
import { type Fact, isAbsent, probe } from './snapshot/probe.ts';
import { makeLeaf, placeLeaf, removeLeaf } from './supervisor/cgroup.ts';
import { staleLeaves } from './supervisor/sweep.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** What this machine has and lacks for honest numbers. Looks only; a cgroup made for trying is removed again. */
export async function doctor(teller: Teller, world: World): Promise<readonly Checkup[]> {
  return interruptibly(async ({ signal }) => {
    teller.step('looking at the machine');
    // First and alone: what the other probes do is not other people's load.
    const load = await sampleLoad('', process.pid);
    signal.throwIfAborted();
    return diagnose({ load, ...(await gather(world, signal)) });
  });
}

async function gather(world: World, signal: AbortSignal): Promise<Omit<DoctorFacts, 'load'>> {
  const { env } = world;
  const place = await probe(() => openLedger(world));
  const root = isAbsent(place) ? world.cwd : place.place.root;
  const [host, gpu, state, tree, tools, isClockSynced, disks] = await Promise.all([
    hostFacts(),
    gpuFacts(env),
    gpuState(env),
    treeFacts(''),
    toolFacts(env, signal),
    clockSynced(env),
    diskFacts(root),
  ]);
  return {
    platform: process.platform,
    nodeVersion: process.version,
    isRoot: process.getuid?.() === 0,
    host,
    gpu,
    gpuState: state,
    tree,
    isClockSynced,
    tools,
    containment: containmentFacts(),
    locks: await probe(async () => describeLocks(env)),
    repo: isAbsent(place) ? place : place.repo,
    disks,
  };
}

async function toolFacts(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<ToolFacts> {
  const [git, uv, lshw, python, container] = await Promise.all([
    hostTool('git', ['--version'], env),
    hostTool('uv', ['--version'], env),
    hostTool('lshw', ['-version'], env),
    probe(async () => (await findPython(env)).version, 15_000),
    probe(async () => {
      const { kind, version } = (await findRuntime(env, signal)).runtime;
      return `${kind} ${version}`;
    }, 30_000),
  ]);
  return { git, uv, lshw, python, container };
}

/** Makes a leaf as a run would, and removes it again. */
function containmentFacts(): ContainmentFacts {
  if (process.platform !== 'linux')
    return { leafProblem: 'there are cgroups on Linux only', staleLeaves: [] };
  const leaf = placeLeaf('doctor');
  const leafProblem = typeof leaf === 'string' ? leaf : makeLeaf(leaf);
  if (typeof leaf !== 'string') removeLeaf(leaf.path);
  return { leafProblem, staleLeaves: staleLeaves() };
}

function describeLocks(env: NodeJS.ProcessEnv): { path: string; holder: string }[] {
  return heldLocks(env).map(({ path, holder: { pid, command, since } }) => {
    return { path, holder: `pid ${pid} (${command}) since ${since}` };
  });
}

/** systemd's own word, else chrony's. */
async function clockSynced(env: NodeJS.ProcessEnv): Promise<Fact<boolean>> {
  const said = await hostTool('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], env);
  if (said === 'yes' || said === 'no') return said === 'yes';
  const chrony = await hostTool('chronyc', ['-c', 'tracking'], env);
  // Its last field is the leap status.
  if (!isAbsent(chrony)) return !chrony.trim().endsWith('Not synchronised');
  return { absent: 'neither timedatectl nor chronyc says' };
}

function diskFacts(root: string): Promise<DiskFacts[]> {
  const places = [
    { name: 'repository', path: root },
    { name: 'bundles', path: join(root, '.bench_runs') },
    { name: 'temporary files', path: tmpdir() },
  ] as const;
  return Promise.all(
    places.map(async ({ name, path }) => {
      const there = nearest(path);
      const freeBytes = await probe(async () => {
        const { bavail, bsize } = await statfs(there);
        return bavail * bsize;
      });
      return { name, path, freeBytes, isWritable: canWrite(there) };
    }),
  );
}

/** A folder that is not made yet will be where its parent is. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
