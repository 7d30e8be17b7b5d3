import { parseBody } from './body.ts';
import { CellError, quoted } from './cell-error.ts';
import { decodeCell } from './decode.ts';
import type { Header } from './header.ts';
import type { Message, Query } from './query.ts';

const ownColumns: ReadonlySet<string> = new Set(['id', 'prompt', 'system', 'max_tokens', 'body']);

/**
 * One row of a query file -> the query it holds, and the names of the noise fields dropped from its body.
 * `number` counts rows from 1 and is the id of a file without an `id` column.
 * @throws CellError naming the column
 */
export function parseRow(
  cells: readonly Uint8Array[],
  header: Header,
  number: number,
): { query: Query; dropped: readonly string[] } {
  if (cells.length !== header.names.length) throw new CellError(null, raggedness(cells.length, header.names));
  const texts = new Map(
    header.names.map((name, index) => [name, decodeCell(cells[index] as Uint8Array, name)]),
  );
  const id = parseId(texts.get('id'), number);
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

function raggedness(found: number, names: readonly string[]): string {
  const fix =
    found > names.length
      ? 'put texts that hold commas or quotes in double quotes'
      : 'add the missing cells, or close the quote of a text that holds commas';
  return `${count(found, 'cell')} where the header has ${names.length}; expected ${quoted(names.join(','), 80)}; ${fix}`;
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
