import { setTimeout as sleep } from 'node:timers/promises';
import { oomKills } from './cgroup.ts';
import type { ContainerSeen } from './container.ts';
import { containerFindings } from './container-launch.ts';
import { removeContainer } from './container-tool.ts';
import { mainProcess, requireImage, waitForContainer } from './container-watch.ts';

import { type EngineDeath, type Exit, type Phase, PortClosed, PortStolen } from './crash.ts';
import { explainDeath } from './death.ts';
import { gpuIsFree } from './gpu-free.ts';
import type { Launched } from './launch.ts';
import type { LogLine } from './log.ts';
import { type Listener, listensEverywhere, portOwnership, readListeners } from './ownership.ts';
import { type ProcessSeen, type ProcessWatch, watchProcesses } from './processes.ts';
import { isAlive } from './procfs.ts';
import type { EngineEvent, EngineSpec, RunningEngine } from './spec.ts';
import { climbDown, type StopReport } from './stop.ts';
import { treeToStop } from './stop-tree.ts';

/** After its exit, what the engine wrote last may take this long to arrive; a daemon holds the pipe for ever. */
const LAST_WORDS_MS = 80;

/** What podman and docker themselves exit with when they could not start a container. */
const RUNTIME_FAILED = 125;

/** How many of its last log lines are searched for a cause. */
const SEARCHED_LINES = 400;

/** An engine from spawn to end. `startEngine` hands it out once it is ready. */
export class LiveEngine implements RunningEngine {
  readonly port: number;
  readonly baseUrl: string;
  readonly containment: 'cgroup2' | 'pgroup';
  readonly death: Promise<EngineDeath>;
  /** Resolves when the first process has ended, asked or not. */
  readonly #exited: Promise<void>;
  readonly #spec: EngineSpec;
  readonly #launched: Launched;
  readonly #processes: ProcessWatch;
  readonly #findings: string[];
  readonly #hurry = new AbortController();
  #model = '';
  #phase: Phase = 'load';
  #exit: Exit = { code: null, signal: null };
  #dead: EngineDeath | null = null;
  #diedUnasked = false;
  #stopping: Promise<StopReport> | null = null;
  #container: ContainerSeen | null = null;
  #mainPid: number | null = null;
  #removal: Promise<boolean> | null = null;

  constructor(spec: EngineSpec, launched: Launched) {
    this.#spec = spec;
    this.#launched = launched;
    this.port = launched.held.port;
    this.baseUrl = `http://127.0.0.1:${this.port}`;
    this.containment = launched.containment.kind;
    this.#findings = [...launched.findings];
    this.#processes = watchProcesses(launched.readEngine, spec.now, (pid, startTicks) => {
      if (this.containment === 'pgroup') launched.containment.guard.tell(`pid ${pid} ${startTicks}`);
    });
    this.#processes.watch();
    const exit = new Promise<Exit>((resolve) => {
      launched.child.once('exit', (code, name) => resolve({ code, signal: name }));
    });
    this.#exited = exit.then((how) => {
      this.#exit = how;
      this.#diedUnasked = this.#stopping === null;
    });
    this.death = this.#exited.then(() =>
      this.#diedUnasked ? this.#explain() : new Promise<never>(() => undefined),
    );
  }

  get rootPid(): number {
    const { rootPid, readEngine } = this.#launched;
    if (this.#container === null) return rootPid;
    this.#mainPid ??= mainProcess(this.#container.pid, readEngine());
    return this.#mainPid ?? this.#container.pid;
  }

  get container(): ContainerSeen | null {
    return this.#container;
  }

  get model(): string {
    return this.#model;
  }

  get dead(): EngineDeath | null {
    return this.#dead;
  }

  get findings(): string[] {
    const lost = this.#launched.log.problem();
    const disk = lost === null ? [] : [`log-lost: ${lost}`];
    return [...this.#launched.containment.findings, ...this.#findings, ...disk];
  }

  /** Whether its first process still runs; it may have ended before anybody was told. */
  rootLives(): boolean {
    return isAlive(this.#launched.rootPid, this.#launched.startTicks);
  }

  /**
   * Waits until the container runs and is of the right image; for a program of the host there is nothing to wait for.
   * @throws BenchError (exit 5) when it runs another image; the signal's reason when it aborts.
   */
  async meetContainer(limit: AbortSignal): Promise<void> {
    const { contained } = this.#launched;
    if (contained === null) return;
    const seen = await waitForContainer(contained.spec, limit);
    const { argv, placement, tree, spec } = contained;
    this.#container = { ...seen, name: spec.name, placement, argv };
    tree.found(seen.pid);
    this.#say({ event: 'container', name: spec.name, id: seen.id, pid: seen.pid, imageId: seen.imageId });
    requireImage(spec, seen);
  }

  /** Whether the runtime ended without ever having started the container. */
  isRefusedByRuntime(): boolean {
    const { contained } = this.#launched;
    return contained !== null && this.#container === null && this.#exit.code === RUNTIME_FAILED;
  }

  /** The engine listens where it should: the hold has done its work. */
  setBound(listeners: readonly Listener[]): void {
    this.#launched.held.release();
    for (const listener of listeners.filter(listensEverywhere)) {
      this.#findings.push(
        `listens-everywhere: the engine listens on ${listener.address}:${listener.port}, open to other machines`,
      );
    }
    this.#say({ event: 'bound', listeners: listeners.map(({ address, inode }) => ({ address, inode })) });
  }

  setHealthy(): void {
    this.#say({ event: 'healthy' });
  }

  setReady(model: string): void {
    this.#model = model;
    this.#phase = 'run';
    this.#findings.push(...this.#environmentFindings());
    this.#say({ event: 'ready', model });
  }

  processes(): ProcessSeen[] {
    return this.#processes.seen();
  }

  livePids(): number[] {
    return this.#processes.livePids();
  }

  quiet(): void {
    this.#processes.quiet();
  }

  watch(): void {
    this.#processes.watch();
  }

  tail(lines: number): string[] {
    return this.#launched.log.tail(lines);
  }

  lines(): readonly LogLine[] {
    return this.#launched.log.lines();
  }

  async checkOwnership(): Promise<void> {
    const ownership = portOwnership(this.port, readListeners(this.rootPid), () => this.livePids());
    if (ownership.state === 'owned') return;
    const { name } = this.#spec;
    if (ownership.state === 'none')
      throw new PortClosed(`${name} listens on port ${this.port} no more, though it still runs.`);
    throw new PortStolen(
      `Another process shares port ${this.port} with ${name}: whose answers these are cannot be told.`,
    );
  }

  stop(): Promise<StopReport> {
    this.#stopping ??= this.#stopOnce();
    return this.#stopping;
  }

  async kill(): Promise<void> {
    this.#hurry.abort();
    await this.stop();
  }

  async #explain(): Promise<EngineDeath> {
    const tNs = this.#spec.now();
    await Promise.race([this.#launched.log.ended(), lastWordsTime()]);
    const before = this.#launched.oomKillsBefore;
    const after = oomKills();
    this.#dead = explainDeath({
      name: this.#spec.name,
      phase: this.#phase,
      exit: this.#exit,
      lines: this.tail(SEARCHED_LINES),
      causes: this.#spec.engine.causes,
      oomKills: before === null || after === null ? null : after - before,
      // With its PID 1 the kernel ends all of a container: what lives on is the runtime's, tidying up.
      survivors:
        this.#launched.contained === null ? this.livePids().filter((pid) => pid !== this.rootPid).length : 0,
    });
    const { phase, reason } = this.#dead;
    this.#say({ event: 'died', ...this.#exit, phase, reason }, tNs);
    return this.#dead;
  }

  async #stopOnce(): Promise<StopReport> {
    const { containment, log, held } = this.#launched;
    this.#processes.look();
    this.#say({ event: 'stop' });
    const { stopGraceMs, now } = this.#spec;
    const tree = treeToStop(
      this.#launched,
      () => this.#exit,
      () => this.#removeContainer(),
    );
    const report = await climbDown(tree, stopGraceMs, this.#hurry.signal, now);
    const gpuFree = await gpuIsFree(this.#spec.gpuUsers, this.#processes.seen());
    if (gpuFree === false)
      this.#findings.push('gpu-held: processes of the engine are still on a GPU after its stop');
    const isRemoved = await this.#removeContainer();
    await Promise.race([this.#exited, sleep(1_000)]);
    this.#processes.end();
    held.release();
    // What could not be killed keeps its guard, which goes on trying once bench ends.
    if (report.survivors.length === 0 && isRemoved) containment.release();
    else if (!isRemoved) this.#findings.push('container-left: the runtime could not remove the container');
    else this.#findings.push(`survivors: processes ${report.survivors.join(', ')} could not be killed`);
    await Promise.race([log.ended(), lastWordsTime()]);
    await log.close();
    if (!this.#diedUnasked) {
      this.#say({ event: 'exited', ...this.#exit, rung: report.rung, tookMs: report.tookMs });
    }
    return { ...report, exit: this.#exit, gpuFree };
  }

  #environmentFindings(): string[] {
    const { contained } = this.#launched;
    if (contained === null) return [];
    this.#processes.look();
    const root = this.processes().find(({ pid }) => pid === this.rootPid);
    return containerFindings(root, contained.expectedEnv);
  }

  /** The runtime forgets a container that ended by itself; one that was killed it must be told to. */
  #removeContainer(): Promise<boolean> {
    const { contained } = this.#launched;
    if (contained === null) return Promise.resolve(true);
    this.#removal ??= removeContainer(contained.spec.runtime, contained.spec.name);
    return this.#removal;
  }

  #say(event: Omit<EngineEvent, 'tNs'> & Pick<EngineEvent, 'event'>, tNs: number = this.#spec.now()): void {
    this.#spec.onEvent({ tNs, ...event });
  }
}

/** A loop that was held up runs its timers before it reads: what had arrived by then is read before this is over. */
async function lastWordsTime(): Promise<void> {
  await sleep(LAST_WORDS_MS);
  for (let pass = 0; pass < 2; pass += 1) await new Promise(setImmediate);
}
