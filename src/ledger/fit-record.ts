import type { NewRecord, RunRecord } from './record.ts';
import { recordSchema } from './record.ts';
import type { Row } from './row.ts';

/** The most a record may take, in bytes. */
export const largestRecordBytes = 256 * 1024;

interface Step {
  /** What goes, as the record and the screen say it. */
  readonly what: string;
  drop(record: RunRecord): RunRecord;
}

// The least needed first: what stays longest is what a comparison in a fresh clone needs.
const steps: readonly Step[] = [
  { what: "the snapshot's longest parts: lshw, GPU topology, the engine's own words", drop: shortenSnapshot },
  { what: 'the gaps and chunks of each request', drop: without(['itlMs', 'chunks']) },
  { what: "the engine's timings of each request", drop: without(['engineTimings', 'engineTimes']) },
  { what: 'the answers to recall items', drop: withoutAnswers },
  { what: 'the hashes of the answers', drop: without(['textSha256']) },
  { what: 'the details of each launch', drop: (record) => ({ ...record, launches: [] }) },
  { what: 'the snapshot (the row has its hash)', drop: (record) => ({ ...record, snapshot: null }) },
  { what: 'the error texts of each request', drop: without(['error']) },
  { what: 'the requests (the summary stays)', drop: (record) => ({ ...record, requests: [] }) },
  {
    what: 'the resolved experiment (the row names the file and its blob)',
    drop: (record) => ({ ...record, experiment: null }),
  },
  { what: 'the recall items (their counts stay)', drop: withoutItems },
  { what: 'the hashes of named files', drop: (record) => ({ ...record, files: {} }) },
  {
    what: "the experiment's YAML and its parents (the row names the file and its blob)",
    drop: ({ sources: _, ...record }) => record,
  },
  { what: 'the summary', drop: (record) => ({ ...record, summary: null }) },
  {
    what: 'overrides, findings and fingerprint',
    drop: (record) => ({ ...record, overrides: {}, findings: [], fingerprint: null, clientOverheadMs: null }),
  },
  { what: 'all but the beginning of the long texts of the row (the ledger has them)', drop: shortenRow },
];

/**
 * A run and its row -> the text of its record, at most 256 KB: what does not fit is dropped, the least needed first, and
 * named in `dropped`. Throws when the record breaks its schema (a bug, not a user's mistake).
 */
export function encodeRecord(record: NewRecord, row: Row): { text: string; dropped: readonly string[] } {
  // Through JSON once: members that are undefined are not there for the schema either.
  const plain: unknown = JSON.parse(JSON.stringify({ schemaVersion: 1, ...record, row, dropped: [] }));
  let fitted = recordSchema.parse(plain);
  let text = recordText(fitted);
  for (const step of steps) {
    if (Buffer.byteLength(text) <= largestRecordBytes) break;
    const smaller = { ...step.drop(fitted), dropped: [...fitted.dropped, step.what] };
    const smallerText = recordText(smaller);
    if (Buffer.byteLength(smallerText) >= Buffer.byteLength(text)) continue;
    fitted = smaller;
    text = smallerText;
  }
  return { text, dropped: fitted.dropped };
}

/** One member a line: a change to one part of a record is one line of a diff. */
function recordText(record: RunRecord): string {
  const ordered = (Object.keys(recordSchema.shape) as (keyof RunRecord)[])
    .filter((key) => record[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(record[key])}`);
  return `{\n${ordered.join(',\n')}\n}\n`;
}

function without(members: readonly string[]): Step['drop'] {
  return (record) => ({
    ...record,
    requests: record.requests.map(
      (request) =>
        Object.fromEntries(
          Object.entries(request).filter(([member]) => !members.includes(member)),
        ) as typeof request,
    ),
  });
}

function withoutAnswers(record: RunRecord): RunRecord {
  if (record.recall === undefined) return record;
  return {
    ...record,
    recall: { ...record.recall, items: record.recall.items.map(({ answer: _, ...item }) => item) },
  };
}

function withoutItems(record: RunRecord): RunRecord {
  return record.recall === undefined ? record : { ...record, recall: { ...record.recall, items: [] } };
}

function shortenSnapshot(record: RunRecord): RunRecord {
  const { snapshot } = record;
  if (snapshot === null || typeof snapshot !== 'object' || Array.isArray(snapshot)) return record;
  const gone = { absent: 'left out of the record; the bundle has it' };
  const within = (section: string, member: string): object => {
    const value = snapshot[section];
    return value !== null && typeof value === 'object' && member in value
      ? { [section]: { ...value, [member]: gone } }
      : {};
  };
  return {
    ...record,
    snapshot: {
      ...snapshot,
      lshw: gone,
      ...within('gpuState', 'topology'),
      ...within('engine', 'stated'),
    },
  } as RunRecord;
}

function shortenRow(record: RunRecord): RunRecord {
  const shorten = (cell: unknown): unknown =>
    typeof cell === 'string' && cell.length > 2000 ? `${cell.slice(0, 2000)}...` : cell;
  return {
    ...record,
    row: Object.fromEntries(
      Object.entries(record.row).map(([column, cell]) => [column, shorten(cell)]),
    ) as Row,
  };
}
