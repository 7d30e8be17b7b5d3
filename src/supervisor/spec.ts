import type { Json } from '../canonical.ts';
import type { Engine } from '../engines/engine.ts';
import type { ContainerSeen, ContainerSpec } from './container.ts';
import type { EngineDeath } from './crash.ts';
import type { LogLine } from './log.ts';
import type { ProcessSeen } from './processes.ts';
import type { StopReport } from './stop.ts';

/** What to start: all of it decided, nothing looked up in bench's own environment. */
export interface EngineSpec {
  /** How messages call it: the engine's or experiment's name. */
  readonly name: string;
  readonly engine: Pick<Engine, 'holdPort' | 'healthPath' | 'causes'> & Partial<Pick<Engine, 'phases'>>;
  /**
   * The command for a port; called again with another port when one was lost. With `container`, argv are the words
   * after the image and env is the file's own.
   */
  plan(port: number): {
    readonly argv: readonly string[];
    readonly env: Record<string, string>;
    readonly cwd: string;
  };
  /** The id requests use; null: the engine's only model. */
  readonly model: string | null;
  readonly readyTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** From SIGINT to SIGTERM. */
  readonly stopGraceMs: number;
  /** Unique to this launch (run id and launch number): names the cgroup. */
  readonly cgroupName: string;
  /** Where engine.log goes; its folder must be there. */
  readonly logPath: string;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** Ns since the run's epoch. */
  now(): number;
  /** A line of events.jsonl. */
  onEvent(event: EngineEvent): void;
  /** The body of the tiny completion that proves readiness. */
  readyRequest(model: string): { readonly [key: string]: Json };
  /** Sent with every question of readiness: authorization, say. */
  readonly headers?: { readonly [name: string]: string };
  /** Aborts when the user will wait no longer: a failed start is then killed at once. */
  readonly force?: AbortSignal;
  /** Pids that use a GPU now, null when nobody can say; without it the stop does not look whether GPUs are free. */
  readonly gpuUsers?: (() => Promise<readonly number[] | null>) | null;
  /** Runs an image instead of a program of the host. */
  readonly container?: ContainerSpec | null;
  /** `pgroup` leaves cgroups alone even where they work; default `auto`. */
  readonly containment?: 'auto' | 'pgroup';
}

/** A line of events.jsonl; `tNs` counts from the run's epoch. */
export interface EngineEvent {
  readonly tNs: number;
  readonly event:
    | 'spawn'
    | 'container'
    | 'bound'
    | 'healthy'
    | 'ready'
    | 'died'
    | 'stop'
    | 'exited'
    | 'port-retry';
  readonly [key: string]: Json;
}

/** An engine that answers. Stop it, whatever happens: its guard only acts once bench is gone. */
export interface RunningEngine {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly baseUrl: string;
  /** The engine's first process; in a container the first after its init, by its host pid. */
  readonly rootPid: number;
  /** The container it runs in; null for a program of the host. */
  readonly container: ContainerSeen | null;
  /** What holds the tree: a cgroup (nothing escapes) or the process group and a walk over /proc. */
  readonly containment: 'cgroup2' | 'pgroup';
  /** The id the engine serves and requests use. */
  readonly model: string;
  /** `code: sentence` each. */
  readonly findings: readonly string[];
  /** Every process of the tree ever seen, the dead ones too. */
  processes(): ProcessSeen[];
  livePids(): number[];
  /** Looks at the tree once a second only, for while requests are timed. */
  quiet(): void;
  /** Looks at the tree every 100 ms again. */
  watch(): void;
  /** @throws PortStolen when not every listener on the port is the engine's, PortClosed when there is none. */
  checkOwnership(): Promise<void>;
  /** Resolves when the first process ended unasked; never when `stop` or `kill` came first. */
  readonly death: Promise<EngineDeath>;
  readonly dead: EngineDeath | null;
  /** Climbs down the ladder; a second call gives the same promise. */
  stop(): Promise<StopReport>;
  /** Jumps to the kill, also while `stop` is under way. */
  kill(): Promise<void>;
  /** The last lines of its log, redacted. */
  tail(lines: number): string[];
  /** Its log as far as it is kept in memory, redacted. */
  lines(): readonly LogLine[];
}
