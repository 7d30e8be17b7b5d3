import { blobId } from './blob-id.ts';
import { type RunRecord, recordSchema } from './record.ts';
import { type Column, columns, type Row } from './row.ts';

/** Cells that `bench ledger fix` may change after the record was written. */
const mended: ReadonlySet<Column> = new Set<Column>(['iter', 'commit']);
/** What the record has instead of a secret's value. */
const redacted = /\[redacted [0-9a-f]{12}\]/;

/** A record as it was found beside its row. */
export interface CheckedRecord {
  /** Null: it cannot be read. */
  readonly record: RunRecord | null;
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
}

/** Reads the text of a row's record and compares it with the row: schema, cells, and the numbers of its summary. */
export function checkRecord(row: Row, text: string): CheckedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { record: null, problems: ['its record is not JSON'] };
  }
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      record: null,
      problems: [`its record breaks the schema at ${issue?.path.join('.')}: ${issue?.message}`],
    };
  }
  const record = parsed.data;
  return {
    record,
    problems: [
      ...(record.runId === row.run_id ? [] : [`its record is that of ${record.runId}`]),
      ...differentCells(row, record),
      ...differentNumbers(row, record),
      ...differentSources(row, record),
    ],
  };
}

/** The texts of a record's sources by path; those that a secret was taken out of are null. */
export function sourceTexts(record: RunRecord): { readonly [path: string]: string | null } {
  return Object.fromEntries(
    Object.entries(record.sources ?? {}).map(([path, { text }]) => [path, redacted.test(text) ? null : text]),
  );
}

function differentCells(row: Row, record: RunRecord): string[] {
  const differing = columns.filter(
    (column) => !mended.has(column) && !isSame(row[column], record.row[column]),
  );
  return differing.map(
    (column) =>
      `${column} is ${shown(row[column])} in the row and ${shown(record.row[column])} in its record`,
  );
}

/** A record that had to be small holds the beginning of long texts. */
function isSame(cell: Row[Column], recorded: Row[Column]): boolean {
  if (typeof cell === 'string' && typeof recorded === 'string' && recorded.length === 2003)
    return cell === recorded || (recorded.endsWith('...') && cell.startsWith(recorded.slice(0, -3)));
  return JSON.stringify(cell) === JSON.stringify(recorded);
}

/** Cells that are empty claim nothing: an invalid run has a summary and no numbers. */
function differentNumbers(row: Row, { summary }: RunRecord): string[] {
  if (summary === null) return [];
  const { metrics } = summary;
  const judged = row.metric === null ? null : (metrics[row.metric as keyof typeof metrics]?.value ?? null);
  const claims: [Column, number | null][] = [
    ['value', judged],
    ['n', summary.answered],
    ['ttft_ms_p50', metrics.ttft_ms?.p50.value ?? null],
    ['e2e_ms_p50', metrics.e2e_ms?.p50.value ?? null],
    ['tok_s_mean', metrics.decode_tok_s?.mean ?? null],
    ['errors', summary.failed],
  ];
  return claims.flatMap(([column, is]) =>
    row[column] === null || row[column] === is
      ? []
      : [`${column} is ${shown(row[column])} in the row and ${shown(is)} in the summary of its record`],
  );
}

function differentSources(row: Row, record: RunRecord): string[] {
  return Object.entries(record.sources ?? {}).flatMap(([path, { blob, text }]) => {
    if (blob === null || redacted.test(text)) return [];
    if (blobId(text, algorithmOf(blob)) !== blob) {
      return [`the text of ${path} in its record is not the one its id names`];
    }
    // git keeps a file with CRLF under another id when it is told to turn line ends.
    const ids = [blob, blobId(text.replaceAll('\r\n', '\n'), algorithmOf(blob))];
    if (path !== row.config || row.config_sha === null || ids.includes(row.config_sha)) return [];
    return [`config_sha is not the id of the text of ${path} in its record`];
  });
}

function algorithmOf(id: string): 'sha1' | 'sha256' {
  return id.length === 64 ? 'sha256' : 'sha1';
}

function shown(value: Row[Column]): string {
  const text = value === null ? 'empty' : Array.isArray(value) ? value.join(',') : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
