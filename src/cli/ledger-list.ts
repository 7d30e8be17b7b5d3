import { BenchError, ExitCode } from '../errors.ts';
import type { RowQuery } from '../ledger/query.ts';
import { type Column, columns, numberColumns, type Row } from '../ledger/row.ts';
import { listRows } from '../ledger-story.ts';
import { type ListedRows, ledgerCsv, ledgerMarkdown, ledgerTable } from '../report/ledger-table.ts';
import { reportOptions, writeAll } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench ledger list`: the rows as a table, as JSON, as CSV or as Markdown. */
export async function listCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const names = flags.columns === undefined ? null : String(flags.columns).split(',').map(columnNamed);
  const { rows, links, isEmpty } = await listRows(queryOf(flags), world);
  const asked = names === null ? null : { names, numbers: numberColumns };
  const listed: ListedRows = { rows, links, asked };
  if (flags.json === true) writeAll(world.stdout, jsonOf(listed));
  else if (flags.csv === true) writeAll(world.stdout, ledgerCsv(names ?? columns, rows));
  else if (rows.length === 0 && !isEmpty) world.stdout.write('No row of the ledger matches.\n');
  else if (flags.markdown === true) writeAll(world.stdout, ledgerMarkdown(listed));
  else writeAll(world.stdout, ledgerTable(listed, reportOptions(world.stdout, world.env)));
}

function queryOf(flags: Record<string, unknown>): RowQuery {
  const texts = ['status', 'engine', 'model', 'metric', 'config', 'workload', 'reason'] as const;
  const given = texts.flatMap((name) => (flags[name] === undefined ? [] : [[name, String(flags[name])]]));
  return {
    ...(Object.fromEntries(given) as Pick<RowQuery, (typeof texts)[number]>),
    ...(flags.since === undefined ? {} : { sinceMs: timeOf(String(flags.since)) }),
    ...(flags.current === true ? { isCurrent: true } : {}),
    ...(typeof flags.last === 'number' ? { last: flags.last } : {}),
    ...(flags.sort === undefined ? {} : { sort: orderOf(String(flags.sort)) }),
  };
}

function orderOf(text: string): NonNullable<RowQuery['sort']> {
  const isDescending = text.startsWith('-');
  return { column: columnNamed(isDescending ? text.slice(1) : text), isDescending };
}

function columnNamed(text: string): Column {
  const name = columns.find((column) => column === text.trim());
  if (name !== undefined) return name;
  throw new BenchError(`The ledger has no column ${JSON.stringify(text.trim())}`, {
    exitCode: ExitCode.usage,
    hint: `It has ${columns.join(', ')}.`,
  });
}

/** A day or a time, UTC unless it says otherwise, in ms since 1970. */
function timeOf(text: string): number {
  const [, day, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? [];
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}${time.replace(' ', 'T')}${zone}`);
  if (!Number.isNaN(ms)) return ms;
  throw new BenchError(`--since ${JSON.stringify(text)} is not a date`, {
    exitCode: ExitCode.usage,
    hint: 'Write 2026-11-22 or 2026-11-22T07:15.',
  });
}

function* jsonOf({ rows, links, asked }: ListedRows): Generator<string> {
  if (rows.length === 0) yield '[]\n';
  for (const [index, row] of rows.entries()) {
    const text =
      asked === null ? withCorrection(row, links) : JSON.stringify(pick(row, asked.names), null, 2);
    const end = index === rows.length - 1 ? '\n]' : ',';
    yield `${index === 0 ? '[\n' : ''}  ${text.replaceAll('\n', '\n  ')}${end}\n`;
  }
}

function pick(row: Row, names: readonly Column[]): object {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** Added to the text: a copy of each row of a long ledger would take as much memory again. */
function withCorrection(row: Row, links: ListedRows['links']): string {
  const by = JSON.stringify(links.correction(row)?.run_id ?? null);
  return JSON.stringify(row, null, 2).replace(/\n}$/, `,\n  "superseded_by": ${by}\n}`);
}
