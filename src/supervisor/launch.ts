import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { BenchError, ExitCode } from '../errors.ts';
import { oomKills } from './cgroup.ts';
import { type Command, type Contained, containerOf, nameFor } from './container-launch.ts';
import { treeOfContainer } from './container-watch.ts';
import { type Containment, contain } from './containment.ts';
import { coveredStdio } from './descriptors.ts';
import {
  compareEnvironment,
  environmentFindings,
  exactEnvironment,
  findCommand,
  requireStartable,
} from './environment.ts';
import { type EngineLog, openEngineLog } from './log.ts';
import { type OutputPipe, openOutputPipe } from './output-pipe.ts';
import { type HeldPort, holdPort } from './port.ts';
import { readStat } from './procfs.ts';
import type { EngineSpec } from './spec.ts';
import type { ReadTree } from './tree.ts';

/** A process that has just been born, with all that watches it. */
export interface Launched {
  readonly child: ChildProcess;
  readonly rootPid: number;
  readonly startTicks: number;
  readonly held: HeldPort;
  readonly containment: Containment;
  /** All that must be gone after a stop. */
  readonly readTree: ReadTree;
  /** The engine's own processes: the same, but for a container's runtime. */
  readonly readEngine: ReadTree;
  readonly contained: Contained | null;
  readonly log: EngineLog;
  readonly findings: readonly string[];
  /** The kernel's count of out-of-memory kills before the spawn. */
  readonly oomKillsBefore: number | null;
}

/** Numbers the launches of this process: one name is never used twice. */
let launches = 0;

/**
 * Spawns the engine: port held, guard up, born in its cgroup with exactly its environment, default signal
 * dispositions (libuv resets them) and no file descriptor but the three.
 * @param hold whether the port stays held beside the engine, or is let go just before the spawn.
 * @throws BenchError (exit 2) when the command cannot be started at all; (exit 5) when the host lacks something.
 */
export async function launch(spec: EngineSpec, hold: EngineSpec['engine']['holdPort']): Promise<Launched> {
  const held = holdPort();
  const undo: (() => void)[] = [() => held.release()];
  try {
    const program = spec.container ? null : startable(spec, held.port);
    const outputs = { stdout: openOutputPipe(), stderr: openOutputPipe() };
    undo.push(() => closeOutputs(outputs));
    const container = spec.container ? nameFor(spec.container) : null;
    const name = `${spec.cgroupName}-${++launches}`;
    const containment = contain(name, spec.containment ?? 'auto', container);
    undo.push(() => containment.release());
    const command = program ?? containerOf(spec, container, held.port, containment);
    const oomKillsBefore = oomKills();
    if (hold === 'until-spawn') held.release();
    const spawnNs = spec.now();
    const child = spawnContained(command, containment, outputs);
    const rootPid = child.pid ?? (await refused(child, command.path));
    const adopted = containment.adopt(rootPid, [outputs.stdout.link, outputs.stderr.link]);
    const argv = command.argv.map((word) => spec.redact(word));
    const contained = command.contain?.(treeOfContainer(adopted), argv) ?? null;
    const readTree = contained?.tree.all ?? adopted;
    const readEngine = contained?.tree.members ?? adopted;
    const startTicks = readStat(rootPid)?.startTicks ?? 0;
    const findings = contained ? [] : environmentFindings(compareEnvironment(rootPid, command.env));
    const log = followOutputs(spec, outputs, spawnNs);
    spec.onEvent({
      tNs: spawnNs,
      event: 'spawn',
      pid: rootPid,
      port: held.port,
      argv,
      exe: command.path,
      cwd: command.cwd,
      containment: containment.kind,
    });
    return {
      ...{ child, rootPid, startTicks, held, containment, readTree, readEngine, contained },
      ...{ log, findings, oomKillsBefore },
    };
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

type Outputs = { readonly stdout: OutputPipe; readonly stderr: OutputPipe };

function startable(spec: EngineSpec, port: number): Command {
  const plan = spec.plan(port);
  requireStartable(plan.argv, plan.env, plan.cwd);
  return { ...plan, path: findCommand(plan.argv[0] ?? '', plan.env, plan.cwd) };
}

function spawnContained(command: Command, containment: Containment, outputs: Outputs): ChildProcess {
  const [argv0 = command.path, ...args] = command.argv;
  const nullFd = openSync('/dev/null', 'r');
  try {
    return containment.inside(() =>
      spawn(command.path, args, {
        argv0,
        cwd: command.cwd,
        env: exactEnvironment(command.env),
        // A session of its own: the terminal's Ctrl-C reaches bench only.
        detached: true,
        stdio: coveredStdio([nullFd, outputs.stdout.writerFd, outputs.stderr.writerFd], nullFd),
      }),
    );
  } catch (error) {
    // Node throws some of the kernel's refusals and emits others.
    throw isSystemError(error) ? notStarted(command.path, error) : error;
  } finally {
    closeSync(nullFd);
    outputs.stdout.closeWriter();
    outputs.stderr.closeWriter();
  }
}

function followOutputs(spec: EngineSpec, outputs: Outputs, spawnNs: number): EngineLog {
  const log = openEngineLog({
    path: spec.logPath,
    redact: (text) => spec.redact(text),
    sinceSpawnMs: () => (spec.now() - spawnNs) / 1e6,
  });
  log.follow('o', outputs.stdout.reader);
  log.follow('e', outputs.stderr.reader);
  return log;
}

function closeOutputs(outputs: Outputs): void {
  for (const output of [outputs.stdout, outputs.stderr]) {
    output.closeWriter();
    output.reader.destroy();
  }
}

async function refused(child: ChildProcess, path: string): Promise<never> {
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  throw notStarted(path, error);
}

/** Why the kernel did not start it: a mount without exec, an argument list too long ... */
function notStarted(path: string, error: NodeJS.ErrnoException): BenchError {
  return new BenchError(`${path} could not be started: ${error.message}`, {
    exitCode: ExitCode.usage,
    hint: 'Try it by hand; a binary for another machine, a file system without exec or too long an argument list do this.',
    cause: error,
  });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}
