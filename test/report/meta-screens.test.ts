import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import type { MetaDiff, ReadSnapshot } from '../../src/meta.ts';
import { doctorText } from '../../src/report/doctor-text.ts';
import { metaDiffText } from '../../src/report/meta-diff-text.ts';
import { metaText } from '../../src/report/meta-text.ts';
import type { ReportOptions } from '../../src/report/style.ts';
import { textWidth } from '../../src/report/text.ts';
import { diffSnapshots } from '../../src/snapshot/diff.ts';
import { diffGroups } from '../../src/snapshot/diff-groups.ts';
import { diagnose } from '../../src/snapshot/doctor.ts';
import { goodFacts } from '../snapshot/doctor-facts.ts';
import { document, engineEnv, host, libraries, read, tree } from '../snapshot/documents.ts';
import { expectGolden } from './golden.ts';

const narrow: ReportOptions = { color: false, columns: 60 };
const usual: ReportOptions = { color: false, columns: 80 };
const broad: ReportOptions = { color: false, columns: 120 };

const before = document({
  processes: tree(4000, { added: [{}, { VLLM_USE_V1: '1' }] }),
  libraries: libraries(),
});
const { gpuState, venv, command } = before;
if ('absent' in gpuState || 'absent' in command || venv === null) throw new Error('not whole');
const after = document({
  processes: tree(9100, { env: { ...engineEnv, OMP_NUM_THREADS: '8' } }),
  command: { ...command, argv: [...command.argv.slice(0, 4), '128', '--port', '50222', '--enforce-eager'] },
  libraries: libraries('9.2.0', 'b'),
  venv: {
    ...venv,
    distributions: { ...venv.distributions, 'nvidia-cudnn-cu12': '9.2.0.82', rich: '14.1.0' },
  },
  gpuState: { ...gpuState, driver: '580.65.06', gpus: gpuState.gpus.map((gpu) => ({ ...gpu, vbios: '1' })) },
  host: {
    ...host(),
    uptimeS: 90_000,
    cpu: { ...host().cpu, governor: 'performance' },
    kernel: { ...host().kernel, commandLine: `${host().kernel.commandLine} mitigations=off` },
  },
});

function shown(name: string, text: Json, over: Partial<ReadSnapshot> = {}): ReadSnapshot {
  return {
    name,
    from: 'bundle',
    place: `.bench_runs/20261122T071500Z-1a2b3c4d/launches/2/snapshot.json`,
    runId: '20261122T071500Z-1a2b3c4d',
    launch: 2,
    launches: 2,
    text: '',
    sha256: '5'.repeat(64),
    document: text,
    notes: [],
    ...over,
  };
}

const [a, b] = [read(before), read(after)];
const diff: MetaDiff = {
  a: shown('iter-3', a),
  b: shown('iter-4', b, { notes: ['The bundle is not on this machine; this is what the record holds.'] }),
  ...diffSnapshots(a, b),
};
const checks = diagnose(
  goodFacts({
    host: { ...goodFacts().host, cpu: { ...host().cpu } },
    tools: { ...goodFacts().tools, lshw: { absent: 'lshw not found' }, uv: { absent: 'uv not found' } },
    load: { busyPercent: 41, stealPercent: 0, busiest: [{ pid: 4711, name: 'cc1plus', percent: 99 }] },
    disks: [{ name: 'repository', path: '/repo', freeBytes: 20 << 20, isWritable: true }],
  }),
);
const another = {
  ...(read(
    document({ gpu: { absent: 'nvidia-smi not found' }, gpuState: { absent: 'nvidia-smi not found' } }),
  ) as object),
  quantum: 1,
};

describe.each([
  ['meta', (options: ReportOptions) => metaText(shown('iter-3', a), options)],
  [
    'meta-other',
    (options: ReportOptions) =>
      metaText(shown('x', another as Json, { launches: null, notes: ['Old.'] }), options),
  ],
  ['meta-diff', (options: ReportOptions) => metaDiffText(diff, diffGroups, { ...options, all: false })],
  ['meta-diff-all', (options: ReportOptions) => metaDiffText(diff, diffGroups, { ...options, all: true })],
  ['doctor', (options: ReportOptions) => doctorText(checks, { ...options, all: false })],
  ['doctor-all', (options: ReportOptions) => doctorText(checks, { ...options, all: true })],
])('%s', (name, render) => {
  test.each([
    ['80', usual],
    ['120', broad],
  ])('at %s columns', (columns, options) => {
    expectGolden(`${name}-${columns}.stdout`, render(options));
  });

  test('fits a narrow terminal, says nothing with control characters, and ends each line at its end', () => {
    for (const line of render(narrow).split('\n')) {
      expect(line).toBe(line.trimEnd());
      expect(line).not.toMatch(/\p{Cc}/u);
      // A path, a hash or a command is never broken.
      if (line.trim().split(/ +/).length > 2 && !line.includes('$ '))
        expect(textWidth(line)).toBeLessThanOrEqual(narrow.columns);
    }
  });

  test('says the same in colour', () => {
    const colored = render({ ...usual, color: true });
    expect(colored.replace(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(render(usual));
  });
});

test('nothing that differs is said in a sentence', () => {
  const same: MetaDiff = { ...diff, differences: [], noise: [] };
  expect(metaDiffText(same, diffGroups, { ...usual, all: false })).toContain(
    'Nothing differs that could move a number.\n',
  );
});

test('a document that lacks everything is shown as far as it goes', () => {
  const text = metaText(shown('bare', { format: 'bench-snapshot-1' }), usual);
  expect(text).toContain('bare');
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

test('escape sequences of a document do not reach the terminal', () => {
  const evil = JSON.parse(JSON.stringify(a).replaceAll('AMD EPYC 9554', '\\u001b[31mAMD')) as Json;
  expect(metaText(shown('evil', evil), broad)).not.toMatch(/\p{Cc}\[/u);
  const text = metaDiffText({ ...diff, ...diffSnapshots(a, evil) }, diffGroups, { ...broad, all: true });
  expect(text).not.toMatch(/\p{Cc}\[/u);
});
