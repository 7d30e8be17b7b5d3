import { hostTool } from './host-tool.ts';
import { type Fact, isAbsent, probeLimitMs } from './probe.ts';

/** One GPU the host sees, and the policies that set its pace. Values are nvidia-smi's own words. */
interface Gpu {
  readonly index: string;
  readonly model: string;
  readonly uuid: string;
  readonly driver: string;
  readonly memoryMiB: string;
  readonly powerLimitW: string;
  readonly persistence: string;
  readonly applicationSmMhz: string;
  readonly applicationMemoryMhz: string;
  readonly maxSmMhz: string;
  readonly mig: string;
  readonly ecc: string;
  readonly computeMode: string;
}

/** The host's GPUs, or why there are none to name. */
export type GpuFacts = Fact<{ readonly gpus: readonly Gpu[] }>;

/** Our name -> nvidia-smi's. */
const queried = {
  index: 'index',
  model: 'name',
  uuid: 'uuid',
  driver: 'driver_version',
  memoryMiB: 'memory.total',
  powerLimitW: 'power.limit',
  persistence: 'persistence_mode',
  applicationSmMhz: 'clocks.applications.graphics',
  applicationMemoryMhz: 'clocks.applications.memory',
  maxSmMhz: 'clocks.max.graphics',
  mig: 'mig.mode.current',
  ecc: 'ecc.mode.current',
  computeMode: 'compute_mode',
} as const satisfies Record<keyof Gpu, string>;

/**
 * Asks nvidia-smi once. Never throws: a missing, failing or slow tool (limit 5 s) is an absent fact.
 * @param env where nvidia-smi is looked up; not the experiment's: GPUs hidden from the engine are named too.
 */
export async function gpuFacts(env: NodeJS.ProcessEnv, limitMs = probeLimitMs): Promise<GpuFacts> {
  const query = `--query-gpu=${Object.values(queried).join(',')}`;
  const answer = await hostTool('nvidia-smi', [query, '--format=csv,noheader,nounits'], env, limitMs);
  if (isAbsent(answer)) return answer;
  const names = Object.keys(queried) as (keyof Gpu)[];
  const gpus = answer
    .split('\n')
    .map((line) => line.split(',').map((value) => value.trim()))
    .filter((values) => values.length === names.length)
    .map(
      (values) =>
        Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) as unknown as Gpu,
    );
  return { gpus };
}
