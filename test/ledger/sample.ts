import type { NewRecord } from '../../src/ledger/record.ts';
import { emptyRow, type NewRow } from '../../src/ledger/row.ts';

/** A run id with a random part of `serial`. */
export function sampleRunId(serial: number): string {
  return `20261122T071500Z-${serial.toString(16).padStart(8, '0')}`;
}

/** A measured row; `cells` replace its own. */
export function sampleRow(serial: number, cells: Partial<NewRow> = {}): NewRow {
  return {
    ...emptyRow({ run_id: sampleRunId(serial), started_at: '2026-11-22T07:15:00Z' }),
    status: 'keep',
    reason: 'baseline',
    config: 'configs/a.yaml',
    engine: 'llamacpp',
    metric: 'decode_tok_s',
    value: 92.5,
    n: 12,
    errors: 0,
    findings: ['cache-unverified'],
    description: 'a row',
    ...cells,
  };
}

/** A small record of that run. */
export function sampleRecord(serial: number, members: Partial<NewRecord> = {}): NewRecord {
  return {
    runId: sampleRunId(serial),
    bench: { version: '0.1.0', commit: null, dirty: false },
    startedAt: '2026-11-22T07:15:00Z',
    endedAt: null,
    overrides: {},
    experiment: null,
    files: {},
    fingerprint: null,
    snapshot: null,
    summary: null,
    clientOverheadMs: null,
    launches: [],
    requests: [],
    findings: [],
    ...members,
  };
}
