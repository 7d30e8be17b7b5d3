import { parseBody } from './body.ts';
import { CellError, quoted } from './cell-error.ts';
import { excerpt, placeOfCell } from './csv-place.ts';
import type { CsvRecord } from './csv-records.ts';
import { decodeCell } from './decode.ts';
import type { Header } from './header.ts';
import type { Message, Query } from './query.ts';

const ownColumns: ReadonlySet<string> = new Set(['id', 'prompt', 'system', 'max_tokens', 'body']);

/**
 * One row of a query file -> the query it holds, and the names of the noise fields dropped from its body.
 * The number of the row is the id of a file without an `id` column.
 * @throws CellError naming the column, or for the whole row when its cells do not match the header's
 */
export function parseRow(record: CsvRecord, header: Header): { query: Query; dropped: readonly string[] } {
  const { cells } = record;
  if (cells.length !== header.names.length) throw ragged(record, header.names);
  const texts = new Map(
    header.names.map((name, index) => [name, decodeCell(cells[index] as Uint8Array, name)]),
  );
  const id = parseId(texts.get('id'), record.row);
  const tags = Object.fromEntries([...texts].filter(([name]) => !ownColumns.has(name)));
  if (header.kind === 'body') {
    const { dropped, ...body } = parseBody(texts.get('body') ?? '');
    return { query: { id, ...body, tags }, dropped };
  }
  const messages = promptMessages(texts.get('prompt') ?? '', texts.get('system') ?? '');
  return {
    query: { id, messages, maxTokens: parseLimit(texts.get('max_tokens') ?? ''), fields: {}, tags },
    dropped: [],
  };
}

/** At the first cell too many, or at the last one there is. */
function ragged({ cells, source }: CsvRecord, names: readonly string[]): CellError {
  const isLonger = cells.length > names.length;
  const at = isLonger ? names.length : cells.length - 1;
  const text = quoted(excerpt(cells[at] ?? new Uint8Array()));
  const [what, fix] = isLonger
    ? [`the first too many is ${text}`, 'put texts that hold commas or quotes in double quotes']
    : [`the last is ${text}`, 'add the missing cells, or close the quote of a text that holds commas'];
  return new CellError(
    null,
    `${count(cells.length, 'cell')} where the header has ${names.length}, ${what}; expected ${quoted(names.join(','), 80)}; ${fix}`,
    placeOfCell(source(), at),
  );
}

function parseId(cell: string | undefined, number: number): string {
  if (cell === undefined) return String(number);
  const id = cell.trim();
  if (id === '') {
    throw new CellError(
      'id',
      'empty; expected an id; write one, or delete the whole column to number the rows',
    );
  }
  if (/\p{Cc}/u.test(id)) {
    throw new CellError(
      'id',
      `${quoted(id)} holds a control character; expected one line of text; remove it`,
    );
  }
  return id;
}

function promptMessages(prompt: string, system: string): Message[] {
  if (prompt.trim() === '') {
    throw new CellError('prompt', 'empty; expected the text to ask; write it, or delete the row');
  }
  const user = { role: 'user', content: prompt };
  return system.trim() === '' ? [user] : [{ role: 'system', content: system }, user];
}

function parseLimit(cell: string): number | null {
  const text = cell.trim();
  if (text === '') return null;
  const limit = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(limit)) return limit;
  throw new CellError(
    'max_tokens',
    `${quoted(text)}; expected a whole number from 1; correct it, or leave it empty for the workload's`,
  );
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
