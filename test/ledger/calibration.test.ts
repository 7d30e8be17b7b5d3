import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { BenchError, ExitCode } from '../../src/errors.ts';
import {
  type CalibrationFile,
  calibrationPath,
  findCalibration,
  outgrownOf,
  writeCalibration,
} from '../../src/ledger/calibration.ts';
import type { Row } from '../../src/ledger/row.ts';
import { sampleCalibration } from './calibrated.ts';
import { sampleRow } from './sample.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-calibration-'));
});

const now = { cpu: 'Xeon', kernel: '6.2', gpus: [{ uuid: 'GPU-1' }], driver: null };
const made = sampleCalibration();
const key = { fingerprint: made.fingerprint, engine: made.engine, metric: made.metric };
const days = 24 * 3600 * 1000;
const day = (count: number): number => Date.parse(made.createdAt) + count * days;
type Seen = Parameters<typeof findCalibration>[2];
const find = (over: Partial<Seen> = {}, of: Partial<typeof key> = {}) =>
  findCalibration(
    root,
    { ...key, ...of },
    { rounds: 2, rows: [], nowMs: day(1), facts: now, isModel: (model) => model === made.model, ...over },
  );
const grown = (cells: Partial<Row> = {}): Row => ({
  ...sampleRow(1),
  ...{ iter: 12, fingerprint: made.fingerprint, engine: made.engine, model: made.model, metric: made.metric },
  ...{ started_at: '2026-12-02T00:00:00Z', findings: ['multi', outgrownOf('decode_tok_s')], ...cells },
});

describe('a calibration', () => {
  it('comes back as it was written, and counts', async () => {
    const path = await writeCalibration(root, made);
    expect(path).toBe(
      'results/calibration/0123456789ab-llamacpp-smollm2-135m@1a2b3c4d5e6f-decode_tok_s.json',
    );
    expect(await find()).toEqual({ path, file: made, expired: null });
  });

  it('is not there before one was made', async () => {
    expect(await find()).toBeNull();
  });

  it.each<[string, Partial<typeof key>, Partial<Seen>]>([
    ['engine', { engine: 'vllm' }, {}],
    ['metric', { metric: 'e2e_tok_s' }, {}],
    ['model', {}, { isModel: () => false }],
  ])('of another %s is none', async (_, of, over) => {
    await writeCalibration(root, made);
    expect(await find(over, of)).toBeNull();
  });

  it('is found among others of the same key by its model, the newest of them', async () => {
    const at = (createdAt: string, model: string): CalibrationFile => sampleCalibration({ createdAt, model });
    for (const file of [
      at('2026-11-29T00:00:00Z', 'a'),
      at('2026-11-30T00:00:00Z', 'b'),
      at('2026-11-28T00:00:00Z', 'c'),
    ])
      await writeCalibration(root, file);
    expect((await find({ isModel: () => true }))?.file.model).toBe('b');
    expect((await find({ isModel: (model) => model === 'c' }))?.file.model).toBe('c');
  });

  it.each<[string, Partial<Seen>, string | null]>([
    ['7 days old', { nowMs: day(7) }, null],
    ['over 7 days old', { nowMs: day(7) + 1 }, 'it is over 7 days old, of 7 at most'],
    ['almost 30 days old', { nowMs: day(30) - 1 }, 'it is over 29 days old, of 7 at most'],
    ['of other rounds', { rounds: 3 }, 'it was made with 2 rounds in a launch, not 3'],
    ['outgrown since', { rows: [sampled(), grown()] }, 'the pairs of iter-12 spread more than it allows'],
    ['outgrown before it was made', { rows: [grown({ started_at: '2026-11-30T23:59:59Z' })] }, null],
    ['of an engine, another of which was outgrown', { rows: [grown({ engine: 'vllm' })] }, null],
    ['of a model, another of which was outgrown', { rows: [grown({ model: 'other' })] }, null],
    [
      'of a metric, another of which was outgrown',
      { rows: [grown({ findings: [outgrownOf('ttft_ms')] })] },
      null,
    ],
    ['of a machine, another of which was outgrown', { rows: [grown({ fingerprint: 'f' })] }, null],
    ['used since without a finding', { rows: [grown({ findings: [] })] }, null],
  ])('%s', async (_, over, expired) => {
    await writeCalibration(root, made);
    const found = await find(over);
    expect(found?.expired).toBe(expired);
    expect(found?.file.variance).toBe(made.variance);
  });

  function sampled(): Row {
    return { ...sampleRow(2), iter: 11 };
  }
});

describe('one of another fingerprint', () => {
  const facts = { cpu: 'Xeon', kernel: '6.1', gpus: [], driver: '550' };
  const elsewhere = (over: Partial<CalibrationFile> = {}) =>
    sampleCalibration({ fingerprint: 'ffffffffffff', fingerprintFacts: facts, ...over });
  const told = 'the fingerprint changed: kernel 6.1 -> 6.2, driver 550 -> none, gpus.0.uuid none -> GPU-1';

  it('does not count, and says what has changed', async () => {
    await writeCalibration(root, elsewhere());
    await writeCalibration(
      root,
      elsewhere({ fingerprint: 'eeeeeeeeeeee', createdAt: '2026-11-01T00:00:00Z' }),
    );
    const found = await find();
    expect([found?.file.fingerprint, found?.expired]).toEqual(['ffffffffffff', told]);
  });

  it('never stands before one of this, however old that is', async () => {
    await writeCalibration(root, elsewhere());
    await writeCalibration(root, sampleCalibration({ createdAt: '2026-10-01T00:00:00Z' }));
    expect((await find())?.expired).toMatch(/days old/);
  });

  it.each<[string, Partial<CalibrationFile>]>([
    ['engine', { engine: 'vllm' }],
    ['metric', { metric: 'ttft_ms' }],
    ['model', { model: 'other' }],
    ['engine, by whose name it is called', { engine: 'vllm', model: 'x-llamacpp-y' }],
  ])('and another %s is none', async (_, over) => {
    await writeCalibration(root, elsewhere(over));
    expect(await find({ isModel: (model) => model !== 'other' })).toBeNull();
  });

  it('that cannot be read is none', async () => {
    const path = await writeCalibration(root, elsewhere());
    await writeFile(join(root, path), '{');
    expect(await find()).toBeNull();
  });
});

describe('its path', () => {
  it.each([
    ['org/model-7B@1a2b', 'org-model-7B@1a2b'],
    ['../../etc/passwd', '..-..-etc-passwd'],
    ['a b\tc\n|d', 'a-b-c-d'],
    ['模型', '-'],
  ])('of the model %j holds %j, in the folder', (model, plain) => {
    const path = calibrationPath({ ...key, model });
    expect(path).toBe(`results/calibration/0123456789ab-llamacpp-${plain}-decode_tok_s.json`);
    expect(dirname(path)).toBe('results/calibration');
  });

  it('of a model whose name it cannot hold still finds it', async () => {
    const model = '../org/模型 7B';
    await writeCalibration(root, sampleCalibration({ model }));
    expect((await find({ isModel: (one) => one === model }))?.file.model).toBe(model);
  });
});

describe('one that cannot be read', () => {
  it.each([
    ['no JSON', '{"schemaVersion": 1,'],
    ['empty', ''],
    ['of a later version', JSON.stringify({ ...made, schemaVersion: 2 })],
    ['without its variance', JSON.stringify({ ...made, variance: undefined })],
    ['with conflict marks', `<<<<<<< HEAD\n${JSON.stringify(made)}\n=======\n`],
  ])('%s: exit 5, named, with what to do', async (_, text) => {
    const path = calibrationPath(made);
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
    const error = await find().catch((one: unknown) => one);
    expect(error).toBeInstanceOf(BenchError);
    expect(error).toMatchObject({
      exitCode: ExitCode.host,
      hint: expect.stringContaining('bench calibrate'),
    });
    expect((error as Error).message).toContain(path);
    expect(await find({}, { metric: 'ttft_ms' })).toBeNull();
  });

  it('a folder that cannot be made: exit 5, and nothing half written', async () => {
    await writeFile(join(root, 'results'), 'a file');
    await expect(writeCalibration(root, made)).rejects.toMatchObject({ exitCode: ExitCode.host });
    expect(await readdir(root)).toEqual(['results']);
  });
});
