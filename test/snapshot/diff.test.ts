import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { diffSnapshots } from '../../src/snapshot/diff.ts';
import { diffGroupNames } from '../../src/snapshot/diff-groups.ts';
import type { SnapshotDocument } from '../../src/snapshot/document.ts';
import type { GpuDetail } from '../../src/snapshot/gpu-xml.ts';
import { isAbsent } from '../../src/snapshot/probe.ts';
import type { VenvView } from '../../src/snapshot/venv-view.ts';
import { document, engineEnv, host, libraries, library, process, read, tree } from './documents.ts';

type Over = Partial<SnapshotDocument>;

/** What differs between the invented snapshot, with changes, and itself with others. */
function diff(b: Over, a: Over = {}): ReturnType<typeof diffSnapshots> {
  return diffSnapshots(read(document(a)), read(document(b)));
}

function said(b: Over, a: Over = {}): string[] {
  return diff(b, a).differences.map(({ text }) => text);
}

function noise(b: Over, a: Over = {}): string[] {
  return diff(b, a).noise.map(({ text }) => text);
}

function withArgs(...args: readonly string[]): Over {
  const { command } = document();
  if (isAbsent(command)) throw new Error(command.absent);
  return { command: { ...command, argv: ['/repo/.venv/bin/vllm', 'serve', ...args] } };
}

function withVenv(over: Partial<VenvView>): Over {
  const { venv } = document();
  if (venv === null) throw new Error('no venv');
  return { venv: { ...venv, ...over } };
}

function withGpus(change: (gpu: GpuDetail, index: number) => Partial<GpuDetail>, driver?: string): Over {
  const { gpuState } = document();
  if (isAbsent(gpuState)) throw new Error(gpuState.absent);
  const gpus = gpuState.gpus.map((gpu, index) => ({ ...gpu, ...change(gpu, index) }));
  return { gpuState: { ...gpuState, gpus, ...(driver === undefined ? {} : { driver }) } };
}

function withHost(over: object, part?: 'cpu' | 'memory' | 'kernel' | 'system'): Over {
  const base = host();
  return {
    host: part === undefined ? { ...base, ...over } : { ...base, [part]: { ...base[part], ...over } },
  };
}

describe('two starts of the same', () => {
  it('differ in nothing but noise', () => {
    const later: Over = {
      ...withArgs('openai/gpt-oss-120b', '--max-num-seqs', '64', '--port', '50222'),
      ...withGpus((gpu) => ({
        temperatureC: { ...gpu.temperatureC, gpu_temp: 77 },
        clocksMhz: { ...gpu.clocksMhz, sm_clock: 1 },
        memoryMiB: { ...gpu.memoryMiB, used: 5 },
        eventReasons: ['gpu_idle', ...(gpu.eventReasons ?? [])],
      })),
      ...withHost({ uptimeS: 90_000, bootId: '2', load: '9 9 9 4/900 9100' }),
      takenAt: '2026-11-23T07:15:40.000Z',
      processes: tree(9100),
      phases: { seen: { spawn: 0, bound: 1 }, told: { 'weights-loaded': 30_000 } },
    };
    expect(said(later)).toEqual([]);
    expect(noise(later)).toEqual(expect.arrayContaining(['uptime 1000 -> 90000', '--port 41001 -> 50222']));
  });

  it('in another clone are the same', () => {
    const moved = JSON.parse(JSON.stringify(read(document())).replaceAll('/repo', '/home/me/work')) as Json;
    expect(diffSnapshots(read(document()), moved).differences).toEqual([]);
    const recorded = JSON.parse(JSON.stringify(read(document())).replaceAll('/repo', '$REPO_ROOT')) as Json;
    expect(diffSnapshots(read(document()), recorded).differences).toEqual([]);
  });

  it.each([
    ['/tmp/bench-a1/sock', '/tmp/bench-b2/sock'],
    ['tcp://127.0.0.1:41233', 'tcp://127.0.0.1:50001'],
    ['20261122T071500Z-1a2b3c4d.json', '20261123T081500Z-99887766.json'],
    ['id 5e7e71c0-0000-4000-8000-000000000000', 'id 11111111-0000-4000-8000-000000000000'],
  ])('%s and %s are one', (a, b) => {
    const env = (value: string): Over => ({ processes: tree(4000, { env: { ...engineEnv, X: value } }) });
    expect(said(env(b), env(a))).toEqual([]);
    expect(noise(env(b), env(a))).toEqual([`X ${a} -> ${b}`]);
  });

  it('on other GPUs are not', () => {
    const env = (value: string): Over => ({
      processes: tree(4000, { env: { ...engineEnv, CUDA_VISIBLE_DEVICES: value } }),
    });
    const [a, b] = ['GPU-5e7e71c0-0000-4000-8000-000000000000', 'GPU-5e7e71c0-0000-4000-8000-000000000001'];
    expect(said(env(b), env(a))).toEqual([`CUDA_VISIBLE_DEVICES ${a} -> ${b}`]);
  });
});

describe('a difference in words', () => {
  it.each<[string, Over, string[]]>([
    ['a driver', withGpus(() => ({}), '580.65.06'), ['driver 575.51.02 -> 580.65.06 (newer)']],
    ['a governor', withHost({ governor: 'performance' }, 'cpu'), ['governor powersave -> performance']],
    ['a quota', withHost({ cgroup: { ...cgroup(), cpus: 4 } }), ['CPU quota in cores none -> 4']],
    [
      'a kernel',
      withHost({ release: '6.8.0-105-generic' }, 'kernel'),
      ['kernel 6.8.0-51-generic -> 6.8.0-105-generic (newer)'],
    ],
    [
      'a kernel command line',
      withHost(
        { commandLine: `${host().kernel.commandLine} mitigations=off`.replace('quiet ', '') },
        'kernel',
      ),
      ['kernel command line: + mitigations=off, - quiet'],
    ],
    [
      'huge pages',
      withHost({ transparentHugepages: 'never' }, 'memory'),
      ['transparent huge pages madvise -> never'],
    ],
    [
      'what could not be had',
      withHost({ governor: { absent: 'not there' } }, 'cpu'),
      ['governor powersave -> not known (not there)'],
    ],
    [
      'flags',
      withArgs('openai/gpt-oss-120b', '--max-num-seqs=128', '--enforce-eager', '-x', '-5', '--port', '1'),
      ['--enforce-eager added', '--max-num-seqs 64 -> 128', '-x -5 added'],
    ],
    [
      'words',
      withArgs('other/model', '--max-num-seqs', '64', '--port', '1'),
      ['words of the command serve, openai/gpt-oss-120b -> serve, other/model'],
    ],
    [
      'a program',
      { binary: { ...(document().binary as object), sha256: '0'.repeat(64) } },
      [`program changed (${'d'.repeat(12)} -> ${'0'.repeat(12)})`],
    ],
    [
      'a cache',
      { compileCaches: [{ ...cache(), start: 'cold' }] },
      ['start on the compile cache /root/.cache/vllm warm -> cold'],
    ],
    [
      'a part',
      { lshw: { parts: [], leftOut: 0 } },
      [
        'part: network MT2892 pci@0000:01:00.0 MT2892 removed',
        'part: processor AMD EPYC 9554 cpu@0 AMD EPYC 9554 removed',
      ],
    ],
    [
      'a revision',
      { hubModel: hub('a'.repeat(40)) },
      [`revision changed (${'b'.repeat(12)} -> ${'a'.repeat(12)})`],
    ],
    [
      'packages',
      withVenv({
        distributions: {
          'nvidia-cudnn-cu12': '9.1.0.70',
          rich: '13.0.0',
          torch: '2.9.0',
          vllm: '0.11.0',
          uvloop: '1',
        },
      }),
      ['torch 2.8.0 -> 2.9.0 (newer)', 'rich 14.0.0 -> 13.0.0 (older)', 'uvloop 1 added'],
    ],
    ['no venv', { venv: null }, [`venv ${'7'.repeat(12)} -> none`]],
    [
      'no GPU tools',
      { gpu: { absent: 'nvidia-smi not found' } },
      ['what nvidia-smi says of the GPUs told -> not known (nvidia-smi not found)'],
    ],
  ])('%s', (_name, over, texts) => {
    expect(said(over)).toEqual(texts);
  });

  it('is said once for all GPUs, and of some by their number', () => {
    const off = withGpus(() => ({ persistence: false }));
    const on = withGpus(() => ({ persistence: true }));
    expect(said(off, on)).toEqual(['persistence mode yes -> no on all 2 GPUs']);
    const second = withGpus((_gpu, index) => ({ persistence: index === 0 }));
    expect(said(second, on)).toEqual(['persistence mode yes -> no on GPU 1']);
  });

  it('follows a card to another slot by its UUID', () => {
    const { gpu, gpuState } = document();
    if (isAbsent(gpu) || isAbsent(gpuState)) throw new Error('no GPUs');
    const swapped = {
      gpu: { gpus: [...gpu.gpus].reverse() },
      gpuState: { ...gpuState, gpus: [...gpuState.gpus].reverse() },
    };
    expect(said(swapped)).toEqual([]);
    const fewer = {
      gpu: { gpus: gpu.gpus.slice(0, 1) },
      gpuState: { ...gpuState, gpus: gpuState.gpus.slice(0, 1) },
    };
    expect(said(fewer)).toEqual([`GPU 1 ${gpu.gpus[1]?.model} removed`]);
  });
});

describe('libraries', () => {
  it('are named without their version, those of one wheel together', () => {
    expect(said({ libraries: libraries('9.2.0', 'b') })).toEqual([
      'libcudnn and 1 more of nvidia-cudnn-cu12 9.1.0 -> 9.2.0 (newer)',
    ]);
  });

  it('of one version and other bytes are another build; one that nobody read is not', () => {
    const changed = libraries().map((one) => ({
      ...one,
      sha256: one.path.includes('libc.so') ? '4'.repeat(64) : one.sha256,
    }));
    expect(said({ libraries: changed })).toEqual(['libc: another build of the same version']);
    const unread = libraries().map((one) => ({ ...one, sha256: { absent: 'not read' } }));
    expect(said({ libraries: unread })).toEqual([]);
  });

  it('of one name are told apart by their place', () => {
    const [, , , sklearn] = libraries();
    const without = libraries().filter(({ path }) => path !== sklearn?.path);
    expect(said({ libraries: without })).toEqual(['library libgomp 1.0.0 removed']);
    const moved = libraries().map((one) => ({ ...one, path: one.path.replace('/usr/lib/', '/opt/lib/') }));
    expect(said({ libraries: moved })).toEqual([]);
  });

  it('are added and removed', () => {
    const more = [...libraries(), library('/opt/libnew.so.2.1', '2.1', '8')];
    expect(said({ libraries: more })).toEqual(['library libnew 2.1 added']);
    expect(said({}, { libraries: more })).toEqual(['library libnew 2.1 removed']);
  });
});

describe('processes', () => {
  it('are known by their part, whatever their pids', () => {
    const added = [{}, { VLLM_USE_V1: '1' }];
    expect(said({ processes: tree(7000, { added }) })).toEqual(['VLLM_USE_V1=1 added in rank 1 only']);
    expect(said({}, { processes: tree(7000, { added }) })).toEqual(['VLLM_USE_V1=1 removed in rank 1 only']);
    const both = [{ A: '1' }, { A: '1' }];
    expect(said({ processes: tree(7000, { added: both }) })).toEqual(['A=1 added in ranks 0 and 1 only']);
  });

  it('say what changes in all of them once', () => {
    expect(said({ processes: tree(4000, { env: { ...engineEnv, OMP_NUM_THREADS: '4' } }) })).toEqual([
      'OMP_NUM_THREADS=4 added',
    ]);
    expect(said({ processes: tree(4000, { affinity: '0-7' }) })).toEqual(['affinity 0-31 -> 0-7']);
  });

  it('that are there no more are told as such, and helpers that come and go are noise', () => {
    const without = tree(4000).slice(0, 4);
    expect(said({ processes: without })).toEqual(['process rank 1 removed']);
    const calm = tree(4000).filter(({ comm }) => comm !== 'ptxas');
    expect(said({ processes: calm })).toEqual([]);
    expect(noise({ processes: calm })).toEqual(['process that had ended: ptxas removed']);
  });

  it('whose environment a title has blanked are not taken for empty ones', () => {
    const blank = tree(4000).map((one) =>
      one.comm === 'VLLM::Worker_TP' ? { ...one, envFromRoot: { absent: 'blanked' } } : one,
    );
    expect(said({ processes: blank })).toEqual([]);
  });

  it('of torchrun are ranked by what their environment says', () => {
    const ranks = (order: readonly string[], added: Record<string, string> = {}): Over => ({
      processes: [
        process({ pid: 1, ppid: 0, comm: 'torchrun', argv: ['torchrun'], env: {} }),
        ...order.map((rank, index) =>
          process({
            pid: 2 + index,
            ppid: 1,
            comm: 'pt_main_thread',
            argv: ['python', '-u', 'serve.py'],
            added: { RANK: rank, ...(rank === '1' ? added : {}) },
          }),
        ),
      ],
    });
    expect(said(ranks(['0', '1'], { X: '1' }), ranks(['0', '1']))).toEqual(['X=1 added in rank 1 only']);
  });
});

describe('secrets', () => {
  const secret = (sha: string): Json => ({ redacted: true, sha256: sha.repeat(64) });

  it('are never shown, only that they changed', () => {
    const withToken = (value: Json): Json => {
      const text = JSON.stringify(
        read(document({ processes: tree(4000, { env: { ...engineEnv, HF_TOKEN: 'T' } }) })),
      );
      return JSON.parse(text.replaceAll('"HF_TOKEN":"T"', `"HF_TOKEN":${JSON.stringify(value)}`)) as Json;
    };
    const { differences } = diffSnapshots(withToken(secret('a')), withToken(secret('b')));
    expect(differences.map(({ text }) => text)).toEqual(['HF_TOKEN changed (a secret)']);
    expect(diffSnapshots(withToken(secret('a')), withToken(secret('a'))).differences).toEqual([]);
    const { differences: added } = diffSnapshots(read(document()), withToken(secret('a')));
    expect(added.map(({ text }) => text)).toEqual(['HF_TOKEN=a secret added']);
  });

  it('inside a text are not shown either', () => {
    const args = (hash: string): Over =>
      withArgs('openai/gpt-oss-120b', '--api-key', `x-[redacted ${hash.repeat(12)}]`);
    expect(said(args('a'), args('b'))).toEqual(['--api-key changed (a secret in it)']);
  });
});

describe('documents of other formats', () => {
  it('are compared as far as they go', () => {
    const {
      libraries: _libraries,
      phases: _phases,
      lshw: _lshw,
      ...older
    } = read(document()) as Record<string, Json>;
    const { differences } = diffSnapshots(older, read(document()));
    expect(differences.map(({ text }) => text)).toEqual(['only B tells of phases, libraries, lshw']);
    expect(diffSnapshots(read(document()), older).differences[0]?.group).toBe('untold');
  });

  it('have what is new to them told last', () => {
    const newer = (value: number): Json => ({
      ...(read(document()) as object),
      quantum: { entangled: value, same: 1 },
    });
    expect(diffSnapshots(newer(1), newer(2)).differences).toMatchObject([
      { group: 'unknown', text: 'quantum.entangled 1 -> 2', direction: 'up' },
    ]);
    expect(diffSnapshots(read(document()), newer(2)).differences).toMatchObject([
      { group: 'untold', text: 'only B tells of quantum' },
    ]);
  });

  it('are never a reason to throw', () => {
    const whole = read(document()) as Record<string, Json>;
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue(), (section, value) => {
        const broken = { ...whole, [section]: value as Json };
        diffSnapshots(whole, broken);
        diffSnapshots(broken, whole);
        expect(diffSnapshots(broken, broken)).toEqual({ differences: [], noise: [] });
      }),
      { numRuns: 25, examples: [['lshw', { valueOf: {} }]] },
    );
  });
});

it('puts first what is likeliest to move a number', () => {
  const all = diff({
    ...withHost({ governor: 'performance' }, 'cpu'),
    ...withGpus(() => ({}), '580.65.06'),
    ...withArgs('openai/gpt-oss-120b', '--max-num-seqs', '128', '--port', '1'),
    libraries: libraries('9.2.0', 'b'),
    hubModel: hub('a'.repeat(40)),
    bench: { version: '0.2.0', commit: null, dirty: true },
  });
  const groups = all.differences.map(({ group }) => group);
  expect([...new Set(groups)]).toEqual(['driver', 'libraries', 'engine', 'model', 'governor', 'harness']);
  const ranks = groups.map((group) => diffGroupNames.indexOf(group as (typeof diffGroupNames)[number]));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
});

function cgroup(): Exclude<SnapshotDocument['host']['cgroup'], { absent: string }> {
  const found = host().cgroup;
  if (isAbsent(found)) throw new Error(found.absent);
  return found;
}

function cache(): SnapshotDocument['compileCaches'][number] {
  const [one] = document().compileCaches;
  if (one === undefined) throw new Error('no cache');
  return one;
}

function hub(revision: string): NonNullable<SnapshotDocument['hubModel']> {
  const { hubModel } = document();
  if (hubModel === null) throw new Error('no model');
  return { ...hubModel, revision };
}
