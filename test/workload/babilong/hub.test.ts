import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BenchError } from '../../../src/errors.ts';
import type { RecallItem } from '../../../src/workload/babilong/item.ts';
import { openRecallData } from '../../../src/workload/babilong/load.ts';
import type { RecallTask } from '../../../src/workload/babilong/task.ts';

const hub = join(import.meta.dirname, '../../fixtures/workload/babilong/hub');

async function read(dir: string, task: RecallTask, nominalTokens: number, from = 0, count = 1) {
  const data = await openRecallData({ kind: 'hub', dir });
  const items: RecallItem[] = [];
  for await (const item of data.items({ task, nominalTokens, from, count, seed: 0 })) items.push(item);
  return items;
}

/** The error that reading ends with. */
async function refusal(dir: string, task: RecallTask, nominalTokens = 0): Promise<BenchError> {
  const error = await read(dir, task, nominalTokens).then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof BenchError)) throw new Error(`not refused: ${error}`);
  expect(error.exitCode).toBe(2);
  expect(error.hint).not.toBe('');
  return error;
}

describe('items from a copy of the hub', () => {
  it('of JSON, in its data folder', async () => {
    const items = await read(join(hub, 'json'), 'qa1', 0, 0, 5);
    expect(items.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(items[1]).toMatchObject({
      task: 'qa1',
      context: '0k',
      question: 'Where is Mary? ',
      target: 'office',
      contextTokens: 28,
    });
    expect(items[1]?.id).toMatch(/^hub[0-9a-f]{8}-qa1-0k-1$/);
    expect(items[1]?.prompt).toContain(
      '<context>\nThe wind blew for 2 days. Mary went to the office. Nobody minded “it” – not at all 🐳.\n</context>',
    );
  });

  it('of JSON, in the folder itself', async () => {
    expect(await read(join(hub, 'json-plain'), 'qa1', 0, 1, 1)).toHaveLength(1);
  });

  it.each([
    ['one file, columns in another order', 0],
    ['two shards in the data folder', 1000],
  ])('of parquet: %s', async (_, nominalTokens) => {
    const wanted = await read(join(hub, 'json'), 'qa1', 0, 1, 4);
    const items = await read(join(hub, 'parquet'), 'qa1', nominalTokens, 1, 4);
    expect(items.map(({ prompt }) => prompt)).toEqual(wanted.map(({ prompt }) => prompt));
  });

  it('of parquet, the configuration by task', async () => {
    expect((await read(join(hub, 'parquet'), 'qa2', 1000))[0]?.target).toBe('office');
  });

  it('described as what they are', async () => {
    const data = await openRecallData({ kind: 'hub', dir: hub });
    expect(data.describe(0)).toEqual({
      source: 'hub',
      generator: null,
      seed: null,
      haystack: null,
      deviations: [],
    });
  });
});

describe('a copy that cannot be used', () => {
  const broken = join(hub, 'broken');

  it.each([
    ['qa1', "qa1-00000-of-00001.parquet has no column 'target', only question, input"],
    ['qa2', "qa2-00000-of-00001.parquet, row 1, column 'target': 7, expected text"],
    ['qa3', '0k has 1 of 2 shards of qa3'],
    ['qa4', "qa4-00000-of-00001.parquet, row 2, column 'target': null, expected text"],
    ['qa5', 'qa5-00000-of-00001.parquet cannot be read as parquet: '],
  ] as const)('%s: %s', async (task, message) => {
    expect((await refusal(broken, task)).message).toContain(message);
  });

  it('without the length', async () => {
    const error = await refusal(join(hub, 'json'), 'qa1', 4000);
    expect(error.message).toContain('has no items of qa1 at 4k');
    expect(error.hint).toContain('qa1/4k.json');
  });

  it('with fewer items than are wanted', async () => {
    await expect(read(join(hub, 'json'), 'qa1', 0, 0, 50)).rejects.toThrow('has 5 items, 50 are needed');
  });

  it.each([
    ['[{"question":', 'is not JSON'],
    ['{}', 'is not an array of items'],
    ['[]', 'no rows'],
    ['[{"question": "a", "target": "b"}]', "row 1, column 'input': missing, expected text"],
    ['[7]', "row 1, column 'question': missing, expected text"],
  ])('%s', async (text, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'hub-'));
    mkdirSync(join(dir, 'qa1'));
    writeFileSync(join(dir, 'qa1', '0k.json'), text);
    expect((await refusal(dir, 'qa1')).message).toContain(message);
  });

  it('cut parquet', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hub-'));
    mkdirSync(join(dir, '0k'));
    writeFileSync(join(dir, '0k', 'qa1-00000-of-00001.parquet'), 'PAR1 and no more');
    expect((await refusal(dir, 'qa1')).message).toContain('cannot be read as parquet');
  });
});
