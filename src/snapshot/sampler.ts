import { readFileSync } from 'node:fs';
import { hostTool } from './host-tool.ts';
import { isAbsent } from './probe.ts';

/** Takes samples between requests, as seldom as each kind allows. */
export interface Sampler {
  /** Samples what is due; to be awaited before the next request is sent, so that nothing of it runs beside one. */
  sample(): Promise<void>;
}

/** A line of telemetry.jsonl. */
export type Sample = { readonly tNs: number } & (
  | {
      readonly kind: 'host';
      /** 1 minute, 5, 15, running/all tasks, as /proc/loadavg has them. */
      readonly load: string;
      /** Ticks since boot: user nice system idle iowait irq softirq steal. */
      readonly cpuTicks: readonly number[];
      /** Of each processor now; empty where the kernel does not say. */
      readonly mhz: readonly number[];
      /** Microseconds of stall since boot (PSI `some`). */
      readonly stalledUs: { readonly [resource: string]: number };
      readonly availableKiB: number | null;
    }
  | { readonly kind: 'gpu'; readonly gpus: readonly { readonly [field: string]: string }[] }
  | { readonly kind: 'engine'; readonly metrics: { readonly [series: string]: number } }
);

/** Least time between two samples of a kind, ms: a host's costs a millisecond, a GPU's a tenth of a second. */
const periodsMs = { host: 1_000, engine: 5_000, gpu: 10_000 };

/** What is asked of each GPU. */
const gpuFields = [
  'index',
  'clocks.current.sm',
  'clocks.current.memory',
  'power.draw',
  'temperature.gpu',
  'utilization.gpu',
  'memory.used',
  'pstate',
];

/** Histogram buckets are most of a page and say nothing that sum and count do not. */
const bucket = /_bucket\{/;

/**
 * One sampler for a launch's measured part.
 * @param options.metrics the engine's Prometheus page; null: it has none now.
 * @param options.gpuEnv where nvidia-smi is looked up; null: there are no GPUs.
 */
export function startSampler(options: {
  write(line: Sample): void;
  /** Ns since the run's epoch. */
  now(): number;
  metrics(): Promise<string | null>;
  readonly gpuEnv: NodeJS.ProcessEnv | null;
}): Sampler {
  const { write, now, metrics, gpuEnv } = options;
  const nextMs = { host: 0, engine: 0, gpu: 0 };
  const isDue = (kind: keyof typeof nextMs): boolean => {
    const nowMs = now() / 1e6;
    if (nowMs < nextMs[kind]) return false;
    nextMs[kind] = nowMs + periodsMs[kind];
    return true;
  };
  return {
    async sample() {
      if (isDue('host')) write({ tNs: now(), kind: 'host', ...hostNow() });
      if (isDue('engine')) {
        const page = await metrics();
        if (page !== null) write({ tNs: now(), kind: 'engine', metrics: seriesOf(page) });
      }
      if (gpuEnv !== null && isDue('gpu')) {
        const gpus = await gpusNow(gpuEnv);
        if (gpus.length > 0) write({ tNs: now(), kind: 'gpu', gpus });
      }
    },
  };
}

function hostNow() {
  const cpu = /^cpu\s+(.*)$/m.exec(read('/proc/stat'))?.[1] ?? '';
  const mhz = read('/proc/cpuinfo').match(/^cpu MHz\s*:\s*([\d.]+)$/gm) ?? [];
  const available = /^MemAvailable:\s+(\d+)/m.exec(read('/proc/meminfo'))?.[1];
  return {
    load: read('/proc/loadavg').trim(),
    cpuTicks: cpu.split(' ').map(Number).slice(0, 8),
    mhz: mhz.map((line) => Number(line.slice(line.indexOf(':') + 1))),
    stalledUs: Object.fromEntries(
      ['cpu', 'memory', 'io'].flatMap((resource) => {
        const total = /^some .*total=(\d+)/m.exec(read(`/proc/pressure/${resource}`))?.[1];
        return total === undefined ? [] : [[resource, Number(total)]];
      }),
    ),
    availableKiB: available === undefined ? null : Number(available),
  };
}

async function gpusNow(env: NodeJS.ProcessEnv): Promise<{ [field: string]: string }[]> {
  const query = [`--query-gpu=${gpuFields.join(',')}`, '--format=csv,noheader,nounits'];
  const text = await hostTool('nvidia-smi', query, env);
  if (isAbsent(text)) return [];
  return text.split('\n').map((line) => {
    const values = line.split(',').map((value) => value.trim());
    return Object.fromEntries(gpuFields.map((field, at) => [field, values[at] ?? '']));
  });
}

/** Prometheus text -> value by series, its labels in the name. */
function seriesOf(page: string): { [series: string]: number } {
  return Object.fromEntries(
    page.split('\n').flatMap((line) => {
      const [, series, value] = /^([A-Za-z_:][^\s{]*(?:\{.*\})?)\s+(\S+)/.exec(line) ?? [];
      if (series === undefined || bucket.test(line) || !Number.isFinite(Number(value))) return [];
      return [[series, Number(value)]];
    }),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
