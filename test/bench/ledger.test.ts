import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeLedger, templateRecord } from '../../bench/ledger/make.ts';
import { verifyLedger } from '../../src/verify.ts';
import { gitEnv, tempDir } from '../ledger/repository.ts';

test('the ledger that is measured is sound but for the rows that have no record', async () => {
  const root = tempDir();
  makeLedger(
    root,
    { rows: 60, records: 20, commits: 30 },
    templateRecord(join(import.meta.dirname, '../..')),
  );
  const stream = { write: () => true };
  const check = await verifyLedger({ cwd: root, env: gitEnv, stdout: stream, stderr: stream });
  expect(check).toMatchObject({
    rows: 60,
    records: 20,
    resolved: { commit: 54, 'other-commit': 6 },
    expIds: { recomputed: 20 },
  });
  expect(check.problems.map(({ what }) => what)).toEqual(Array(40).fill('its record is not there'));
  expect(check.notes).toHaveLength(6);
});
