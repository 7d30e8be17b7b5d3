import { readFileSync } from 'node:fs';
import { type Reidentified, reidentify } from './config/reidentify.ts';
import { type Named, type Remark, remark } from './ledger/check-names.ts';
import { checkRecord, sourceTexts } from './ledger/check-record.ts';
import type { Whereabouts } from './ledger/history.ts';
import { isMark } from './ledger/mark.ts';
import { type LedgerPlace, recordPath } from './ledger/place.ts';
import type { RunRecord } from './ledger/record.ts';
import type { Row } from './ledger/row.ts';
import { recheck } from './verdict/recheck.ts';

/** What is kept of a row while the ledger goes by. */
export interface SeenRow extends Named, Whereabouts {
  readonly exp_id: string | null;
  readonly harness: string | null;
  /** Why it has no record, as far as the row tells; null: it should have one. */
  readonly noRecord: string | null;
  readonly record: SeenRecord | null;
}

/** What is kept of a record. */
export interface SeenRecord {
  /** Whether it holds the text of the row's YAML. */
  readonly hasText: boolean;
  /** The exp_id by its own texts; null: it holds none, and git may. */
  readonly identity: Reidentified | null;
  /** What git is asked for then: the parents of the YAML, and the sha256 of every file by path. */
  readonly parents: readonly string[];
  readonly hashes: RunRecord['files'];
}

/** A row with its record, if it has one: what is wrong with either. @param hasRecord whether the file is there. */
export function checkRow(
  row: Row,
  place: LedgerPlace,
  hasRecord: boolean,
): { seen: SeenRow; problems: Remark[] } {
  const { iter, config, harness } = row;
  const run_id = copyOf(row.run_id);
  const noRecord = whyNoRecord(row);
  const seen: SeenRow = {
    iter,
    run_id,
    parent: copyOf(row.parent),
    supersedes: copyOf(row.supersedes),
    commit: copyOf(row.commit),
    config,
    config_sha: copyOf(row.config_sha),
    exp_id: copyOf(row.exp_id),
    harness,
    noRecord,
    record: null,
  };
  const path = `results/${run_id}.json`;
  if (!hasRecord) {
    const todo = '`git log --all --stat -- results` finds the commit that had it';
    return { seen, problems: noRecord === null ? [remark(seen, 'its record is not there', todo)] : [] };
  }
  const { record, problems } = checkRecord(row, readFileSync(recordPath(place, run_id), 'utf8'));
  const comparison = record?.comparison ?? null;
  const all = [...problems, ...(comparison === null ? [] : recheck(comparison, row))];
  const todo = `\`git log -p -- bench_results.tsv ${path}\` tells who changed it`;
  return {
    seen: record === null ? seen : { ...seen, record: seenRecord(record, config) },
    problems: all.map((what) => remark(seen, what, todo)),
  };
}

/** The same text on its own: a cell is a piece of the file's text, and would keep all of it in memory. */
function copyOf<Text extends string | null>(text: Text): Text {
  return (text === null ? null : Buffer.from(text).toString()) as Text;
}

function whyNoRecord(row: Row): string | null {
  if (isMark(row)) return 'a person marked it';
  return row.reason?.startsWith('interrupted') === true ? 'the run was killed without a word' : null;
}

function seenRecord(record: RunRecord, config: string | null): SeenRecord {
  const texts = sourceTexts(record);
  const hasText = config !== null && Object.hasOwn(texts, config);
  const { experiment } = record;
  const isNamed = experiment !== null && typeof experiment === 'object' && 'parents' in experiment;
  return {
    hasText,
    identity: identityBy(hasText ? config : null, texts, record),
    parents: isNamed && Array.isArray(experiment.parents) ? experiment.parents.map(String) : [],
    hashes: hasText ? {} : record.files,
  };
}

/** @param config null: the record holds no text of it. */
function identityBy(
  config: string | null,
  texts: ReturnType<typeof sourceTexts>,
  { files, sources = {} }: RunRecord,
): Reidentified | null {
  // A record has at least the hash of the YAML until it must be small.
  if (Object.keys(files).length === 0)
    return { because: 'its record had to leave out the hashes of its files' };
  if (config === null) return null;
  if (Object.values(texts).includes(null)) return { because: 'a secret was taken out of its text' };
  const whole = Object.entries(sources).map(([path, { text }]) => [path, text] as const);
  return reidentify(config, Object.fromEntries(whole), files);
}
