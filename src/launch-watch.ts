import type { LaunchFiles } from './bundle.ts';
import { type CacheState, type CompileCache, cacheStates, compileCaches } from './snapshot/compile-caches.ts';
import { type Counted, counted, countedFindings } from './snapshot/counted.ts';
import { type HostCounters, hostCounters } from './snapshot/counters.ts';
import { computePids, smiLog } from './snapshot/gpu-state.ts';
import type { SmiLog } from './snapshot/gpu-xml.ts';
import type { HashOptions } from './snapshot/hash-files.ts';
import type { Fact } from './snapshot/probe.ts';
import { type Sample, type Sampler, startSampler } from './snapshot/sampler.ts';
import type { Finding } from './stats/summary.ts';

/** What is looked at around one launch, so that the snapshot and the findings can tell what changed. */
export interface LaunchWatch {
  /** Where host tools are looked up. */
  readonly env: NodeJS.ProcessEnv;
  readonly hashing: HashOptions;
  /** The engine's compile caches before the spawn. */
  readonly cachesBefore: readonly CacheState[];
  /** What has become of them by now. */
  caches(): readonly CompileCache[];
  /** Pids that use a GPU now; null where there is none to ask for. */
  readonly gpuUsers: (() => Promise<readonly number[] | null>) | null;
  /** The snapshot's reading of the GPUs, for the difference to the one after the measured part. */
  frozen(gpus: Fact<SmiLog>): void;
  /**
   * Reads the host's counters at once, right before the first and right after the last measured request.
   * @param pids of the engine's processes, its root first.
   * @param metrics the engine's own page of counters; null: it shows none.
   */
  measuring(active: boolean, pids: readonly number[], metrics: () => Promise<string | null>): void;
  /** Between two requests: samples what is due into telemetry.jsonl. */
  between(): Promise<void>;
  /** After the measured part: reads the GPUs again, stores the differences, and says what a reader must hear. */
  after(): Promise<readonly Finding[]>;
  /** The differences that `after` has stored; null until then. */
  counted(): Counted | null;
}

/** Begins to watch; to be called right before the launch. */
export function watchLaunch(input: {
  readonly env: NodeJS.ProcessEnv;
  readonly hashing: HashOptions;
  readonly cacheRoots: readonly string[];
  readonly hasGpus: boolean;
  readonly files: Pick<LaunchFiles, 'write' | 'telemetry'>;
  /** Ns since the run's epoch. */
  now(): number;
}): LaunchWatch {
  const { env, hashing, files, hasGpus, now } = input;
  const read: { before?: HostCounters; after?: HostCounters } = {};
  let gpusBefore: Fact<SmiLog> = { absent: 'no snapshot was taken' };
  let sampler: Sampler | null = null;
  let differences: Counted | null = null;
  const cachesBefore = cacheStates(input.cacheRoots);
  return {
    env,
    hashing,
    cachesBefore,
    caches: () => compileCaches(cachesBefore),
    gpuUsers: hasGpus ? () => computePids(env) : null,
    frozen(gpus) {
      gpusBefore = gpus;
    },
    measuring(active, pids, metrics) {
      if (active) {
        const write = (line: Sample): void => files.telemetry(line);
        sampler = startSampler({ write, now, metrics, gpuEnv: hasGpus ? env : null });
      }
      read[active ? 'before' : 'after'] = hostCounters(pids, now());
    },
    async between() {
      await sampler?.sample();
    },
    async after() {
      const { before, after } = read;
      if (before === undefined || after === undefined) return [];
      const gpusAfter: Fact<SmiLog> = hasGpus ? await smiLog(env) : { absent: 'no GPU' };
      differences = counted({ before, after }, { before: gpusBefore, after: gpusAfter });
      files.write('counters.json', { before, after, gpusAfter, differences });
      return countedFindings(differences);
    },
    counted: () => differences,
  };
}
