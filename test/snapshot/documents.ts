import { asJson, type Json } from '../../src/canonical.ts';
import type { SnapshotDocument } from '../../src/snapshot/document.ts';
import { parseSmiLog } from '../../src/snapshot/gpu-xml.ts';
import type { Library } from '../../src/snapshot/libraries.ts';
import type { ProcessView } from '../../src/snapshot/processes.ts';
import { syntheticXml } from './smi.ts';

const hashOf = (digit: string): string => digit.repeat(64);
const absent = { absent: 'not there' };

/** The environment of an invented vLLM. */
export const engineEnv = {
  PATH: '/repo/.venv/bin:/usr/bin',
  HF_HOME: '/models',
  CUDA_VISIBLE_DEVICES: '0,1',
};

/** A process as the snapshot shows it; the first of the tree when it has no parent here. */
export function process(facts: {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly env?: ProcessView['env'];
  readonly added?: Record<string, string>;
  readonly hasEnded?: boolean;
  readonly affinity?: string;
}): ProcessView {
  const { pid, ppid, comm, argv, env, added = {}, affinity = '0-31' } = facts;
  const status = { State: 'S (sleeping)', Threads: '40', Cpus_allowed_list: affinity, VmRSS: `${pid} kB` };
  const kernel = {
    status,
    nice: '0',
    schedulingPolicy: 'other',
    cgroup: [`0::/bench-${pid}`],
    limits: { 'open files': '65536 65536 files' },
    oomScoreAdj: '0',
  };
  return {
    pid,
    ppid,
    startTicks: pid * 7,
    comm,
    argv,
    cwd: '/repo',
    exe: '/usr/bin/python3.12',
    firstSeenNs: pid * 1000,
    lastSeenNs: pid * 2000,
    envSource: 'first-seen',
    ...(env === undefined ? { envFromRoot: { added, removed: [], changed: {} } } : { env }),
    kernel: facts.hasEnded === true ? { absent: 'it had ended' } : kernel,
  };
}

/** A vLLM on two GPUs: an API server, an engine core, two workers, and a compiler that came and went. */
export function tree(
  pid: number,
  options: {
    readonly env?: Record<string, string>;
    readonly added?: readonly Record<string, string>[];
    readonly affinity?: string;
  } = {},
): ProcessView[] {
  const { env = engineEnv, added = [], affinity = '0-31' } = options;
  const spawn = ['/repo/.venv/bin/python3', '-c', `from multiprocessing.spawn import spawn_main(${pid})`];
  const worker = (rank: number): ProcessView =>
    process({
      pid: pid + 3 + rank,
      ppid: pid + 1,
      comm: 'VLLM::Worker_TP',
      argv: spawn,
      added: added[rank] ?? {},
      affinity,
    });
  return [
    process({ pid, ppid: 1, comm: 'vllm', argv: ['/repo/.venv/bin/vllm', 'serve'], env, affinity }),
    process({ pid: pid + 1, ppid: pid, comm: 'VLLM::EngineCor', argv: spawn, affinity }),
    process({ pid: pid + 2, ppid: pid, comm: 'ptxas', argv: ['ptxas', '--version'], hasEnded: true }),
    worker(0),
    worker(1),
  ];
}

/** A library of a wheel. */
export function library(path: string, version: string | null, digit: string, wheel?: string): Library {
  return {
    path,
    sha256: hashOf(digit),
    sizeBytes: 1000,
    version,
    versionFrom: version === null ? null : 'file name',
    soname: null,
    buildId: digit.repeat(40),
    ...(wheel === undefined ? {} : { distribution: { name: wheel, version: version ?? '1' } }),
  };
}

const site = '/repo/.venv/lib/python3.12/site-packages';

/** What the venv maps: cuDNN in two files, a library that two wheels carry along, and the C library. */
export function libraries(cudnn = '9.1.0', digit = 'a'): Library[] {
  return [
    library(`${site}/nvidia/cudnn/lib/libcudnn.so.${cudnn}`, cudnn, digit, 'nvidia-cudnn-cu12'),
    library(`${site}/nvidia/cudnn/lib/libcudnn_ops.so.${cudnn}`, cudnn, digit, 'nvidia-cudnn-cu12'),
    library(`${site}/torch/lib/libgomp-a34b3233.so.1`, '1', '1', 'torch'),
    library(`${site}/scikit_learn.libs/libgomp-d22c30c5.so.1.0.0`, '1.0.0', '2', 'scikit-learn'),
    library('/usr/lib/x86_64-linux-gnu/libc.so.6', '6', '3'),
  ];
}

/** An invented snapshot of a vLLM on two unlike cards, whole. */
export function document(over: Partial<SnapshotDocument> = {}): SnapshotDocument {
  const log = parseSmiLog(syntheticXml('two-unlike'));
  if ('absent' in log) throw new Error(log.absent);
  const argv = [
    '/repo/.venv/bin/vllm',
    'serve',
    'openai/gpt-oss-120b',
    '--max-num-seqs',
    '64',
    '--port',
    '41001',
  ];
  return {
    format: 'bench-snapshot-1',
    takenAt: '2026-11-22T07:15:40.000Z',
    command: { argv, env: engineEnv, envSource: 'first-seen', cwd: '/repo', exe: '/usr/bin/python3.12' },
    processes: tree(4000),
    containment: 'cgroup2',
    phases: {
      seen: { spawn: 0, bound: 60000, healthy: 61000, ready: 62000 },
      told: { 'weights-loaded': 41000 },
    },
    engine: {
      name: 'vllm',
      version: '0.11.0',
      facts: {
        attentionBackend: 'FLASH_ATTN',
        kvCacheTokens: 1000000,
        graphsCaptured: true,
        modelLoadS: 31.2,
      },
      stated: { '/version': { version: '0.11.0' } },
      model: 'openai/gpt-oss-120b',
    },
    hubModel: {
      id: 'openai/gpt-oss-120b',
      revision: 'b'.repeat(40),
      ref: 'main',
      cache: '/models/hub/models--openai--gpt-oss-120b',
      files: [{ path: 'model-00001.safetensors', blob: hashOf('c'), sizeBytes: 5 << 20 }],
    },
    artifact: 'venv:7c22e3b4037c',
    binary: {
      given: 'vllm',
      path: '/repo/.venv/bin/vllm',
      realPath: '/repo/.venv/bin/vllm',
      sha256: hashOf('d'),
      sizeBytes: 300,
      interpreter: null,
    },
    venv: {
      path: '.venv',
      python: '3.12.4',
      installer: 'uv 0.9.1',
      lockSha256: hashOf('e'),
      rule: 'bench-venv-2',
      root: hashOf('7'),
      dirHash: hashOf('8'),
      files: 20034,
      links: 12,
      bytes: 2_644_000_000,
      fromCache: 20034,
      distributions: { 'nvidia-cudnn-cu12': '9.1.0.70', rich: '14.0.0', torch: '2.8.0', vllm: '0.11.0' },
      direct: {},
      outside: [],
      interpreter: {
        path: '/usr/bin/python3.12',
        sha256: hashOf('9'),
        version: '3.12.4',
        home: '/usr/bin',
        seesSystemPackages: false,
      },
      bytecode: { files: 9000, bytes: 80_000_000 },
    },
    image: null,
    files: [],
    libraries: libraries(),
    compileCaches: [
      {
        path: '/root/.cache/vllm',
        start: 'warm',
        before: { files: 4, bytes: 4000, root: hashOf('4') },
        now: { files: 4, bytes: 4000, root: hashOf('4') },
      },
    ],
    shell: null,
    host: host(),
    lshw: {
      parts: [
        { class: 'processor', vendor: 'AMD', product: 'AMD EPYC 9554', place: 'cpu@0' },
        {
          class: 'network',
          product: 'MT2892',
          place: 'pci@0000:01:00.0',
          driver: 'mlx5_core',
          firmware: '16.35',
        },
      ],
      leftOut: 0,
    },
    gpu: {
      gpus: log.gpus.map((gpu, index) => ({
        index: String(index),
        model: gpu.product ?? '',
        uuid: gpu.uuid ?? '',
        driver: log.driver ?? '',
        memoryMiB: String(gpu.memoryMiB.total),
        powerLimitW: `${gpu.powerW.current_power_limit}.00`,
        persistence: 'Enabled',
        applicationSmMhz: '[N/A]',
        applicationMemoryMhz: '[N/A]',
        maxSmMhz: String(gpu.maxClocksMhz.graphics_clock),
        mig: '[N/A]',
        ecc: '[N/A]',
        computeMode: 'Default',
      })),
    },
    gpuState: { ...log, topology: 'GPU0 GPU1\nGPU0 X PHB\nGPU1 PHB X' },
    bench: { version: '0.1.0', commit: 'f'.repeat(40), dirty: false },
    notCaptured: ['NVLink state, speed and error counters'],
    ...over,
  };
}

/** An invented server of 32 cores. */
export function host(): SnapshotDocument['host'] {
  return {
    name: 'lab-1',
    kernel: {
      system: 'Linux',
      release: '6.8.0-51-generic',
      version: '#52-Ubuntu SMP',
      machine: 'x86_64',
      commandLine:
        'BOOT_IMAGE=/vmlinuz root=/dev/nvme0n1p2 ro quiet splash mitigations=auto transparent_hugepage=madvise',
    },
    distribution: 'Ubuntu 24.04.1 LTS',
    bootId: '1',
    uptimeS: 1000,
    clocksource: 'tsc',
    machine: {
      vendor: 'Supermicro',
      product: 'AS-2125',
      board: 'H13',
      biosVersion: '1.4',
      biosDate: '03/01/2025',
    },
    system: {
      kernelConfig: hashOf('5'),
      kernelTaint: '4097',
      libc: 'glibc 2.39',
      aslr: '2',
      clocksources: 'tsc hpet acpi_pm',
      schedulerAutogroup: '1',
      nvidiaModule: '575.51.02',
    },
    cpu: {
      model: 'AMD EPYC 9554 64-Core Processor',
      microcode: '0xa101148',
      flags: 'avx avx2 avx512f fma sse4_2',
      online: '0-31',
      allowed: '0-31',
      smt: 'on',
      governor: 'powersave',
      driver: 'amd-pstate-epp',
      energyPreference: 'balance_performance',
      boost: 'on',
      minKhz: '1500000',
      maxKhz: '3762000',
      idleDriver: 'acpi_idle',
      idleGovernor: 'menu',
      idleStates: 'POLL 0us, C1 1us, C2 800us',
      isolated: '',
      noTick: absent,
      hypervisor: 'none',
      vulnerabilities: { spectre_v2: 'Mitigation: Retpolines', meltdown: 'Not affected' },
    },
    usableCores: 32,
    memory: {
      totalBytes: 270_000_000_000,
      availableBytes: 200_000_000_000,
      swapTotalBytes: 0,
      swappiness: '60',
      overcommit: '0',
      hugepages: 0,
      transparentHugepages: 'madvise',
      hugepageDefrag: 'madvise',
      hugepageShared: 'never',
      khugepagedDefrag: '1',
      numaBalancing: '0',
      zoneReclaim: '0',
      numa: [{ node: 0, cpus: '0-31', distances: '10', totalBytes: 270_000_000_000, freeBytes: 5 }],
    },
    cgroup: {
      cpus: null,
      memoryBytes: null,
      cpuWeight: '100',
      cpuset: '0-31',
      memorySet: '0',
      paths: ['0::/a'],
    },
    load: '0.1 0.2 0.3 1/900 4000',
    pressure: { cpu: 'some avg10=0.00', memory: 'some avg10=0.00', io: 'some avg10=0.00' },
  };
}

/** The same as a program reads it: JSON. */
export function read(value: SnapshotDocument): Json {
  return JSON.parse(JSON.stringify(asJson(value))) as Json;
}
