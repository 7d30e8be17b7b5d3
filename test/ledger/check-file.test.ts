import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.ts';
import { type CheckFile, checkFolder, writeCheck } from '../../src/ledger/check-file.ts';
import { comparisonSchema } from '../../src/ledger/comparison-schema.ts';
import { comparison, droppedPair, hostileNames } from '../verdict/compared.ts';
import { sampleRunId } from './sample.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-check-'));
});

function checked(serial: number, over: Partial<CheckFile> = {}): CheckFile {
  return {
    schemaVersion: 1,
    runId: sampleRunId(serial),
    startedAt: '2026-11-22T07:15:00.000Z',
    config: 'configs/nightly.yaml',
    status: 'pass',
    reason: 'equivalent',
    fingerprint: '0123456789ab',
    workload: 'abcdefabcdef',
    candidate: { expId: '0123456789ab', artifact: null },
    harness: '0.1.0@0123456',
    comparison: comparison({ kind: 'check' }),
    ...over,
  };
}

describe('checks', () => {
  it('come back as they were written, oldest first', async () => {
    const files = [checked(2), checked(1), checked(3, { status: 'regression', reason: 'worse' })];
    for (const file of files) await writeCheck(root, file);
    expect(await checkFolder(root)).toEqual([files[1], files[0], files[2]]);
  });

  it('are none before the first', async () => {
    expect(await checkFolder(root)).toEqual([]);
  });

  it('are not what else lies in the folder', async () => {
    const path = await writeCheck(root, checked(1));
    expect(path).toBe(`results/check/${sampleRunId(1)}.json`);
    await writeFile(join(root, 'results/check/README.md'), 'not a check');
    await writeFile(join(root, 'results/check', sampleRunId(2)), 'nor this');
    expect(await checkFolder(root)).toHaveLength(1);
  });

  it.each(['{', '{}', JSON.stringify({ ...checked(1), schemaVersion: 2 })])(
    'that cannot be read are named: exit 5 (%s)',
    async (text) => {
      const path = await writeCheck(root, checked(1));
      await writeFile(join(root, path), text);
      await expect(checkFolder(root)).rejects.toMatchObject({
        exitCode: ExitCode.host,
        message: expect.stringContaining(path),
      });
    },
  );

  it('of a folder that cannot be made end with exit 5, and leave nothing', async () => {
    await writeFile(join(root, 'results'), 'a file');
    await expect(writeCheck(root, checked(1))).rejects.toMatchObject({ exitCode: ExitCode.host });
    expect(await readdir(root)).toEqual(['results']);
  });
});

it('a comparison of any names, with pairs that do not count, is what its schema says', () => {
  const hostile = comparison({
    pairs: [droppedPair(1, 'load', 'Others | had\nmuch.')],
    evidence: [],
    queries: hostileNames.map((query) => ({ query, effectPct: 1, sameOutput: null })),
  });
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(hostile)))).toEqual(hostile);
});
