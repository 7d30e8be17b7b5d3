import type { Platform, Standing } from '../ledger/board.ts';
import { nothing, significant } from '../units.ts';
import { markdownText } from './ledger-table.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawTable, type TableColumn } from './table.ts';
import { printable, wrap } from './text.ts';

const leastJudged = 10;
const leastConfig = 12;

/** `bench ledger board`: for each platform the best row of each engine, and the sizes it was run at. Ends with a newline. */
export function boardText(platforms: readonly Platform[], options: ReportOptions): string {
  if (platforms.length === 0) return `${noBoard}\n`;
  const paint = paintWith(options.color);
  return `${platforms.map((platform) => platformText(platform, options, paint)).join('\n\n')}\n`;
}

/** The same for Markdown. Ends with a newline. */
export function boardMarkdown(platforms: readonly Platform[]): string {
  if (platforms.length === 0) return `${noBoard}\n`;
  const blocks = platforms.map((platform) =>
    [
      `### ${markdownText(titleOf(platform))}`,
      markdownTable(bestColumns(platform)),
      ...(hasSizes(platform) ? [markdownTable(sizeColumns(platform))] : []),
    ].join('\n\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

const noBoard = 'No row of the ledger was kept or stands unjudged with a number.';

function platformText(platform: Platform, { columns }: ReportOptions, paint: Paint): string {
  const table = (of: readonly TableColumn[]): string[] =>
    drawTable(of, columns - 2, paint.faint).map((line) => `  ${line}`);
  return [
    ...wrap(titleOf(platform), columns).map(paint.strong),
    ...table(bestColumns(platform)),
    ...(hasSizes(platform) ? ['', ...table(sizeColumns(platform))] : []),
  ].join('\n');
}

function titleOf({ hardware, model, workload, metric }: Platform): string {
  const parts = [hardware, model].map((part) => printable(part ?? 'unknown'));
  return `${parts.join(', ')}, workload ${workload ?? 'unknown'}: ${printable(metric)}`;
}

function bestColumns({ engines }: Platform): TableColumn[] {
  const column = (
    head: string,
    cell: (standing: Standing) => string,
    rest: Partial<TableColumn> = {},
  ): TableColumn => ({ head, align: 'left', cells: engines.map(cell), ...rest });
  const weights = new Set(engines.map(({ row }) => row.model));
  return [
    column('engine', ({ engine }) => printable(engine)),
    column('TP', ({ tp }) => (tp === null ? '?' : String(tp)), { align: 'right' }),
    column('value', ({ row }) => value(row.value), { align: 'right' }),
    column('judged', judged, { least: leastJudged }),
    column('row', ({ row }) => `iter-${row.iter}`),
    // The same name with other weights is compared all the same, and says so.
    ...(weights.size > 1
      ? [column('weights', ({ row }) => printable(row.model?.split('@')[1] ?? nothing), { drop: 1 })]
      : []),
    column('version', ({ row }) => printable(row.engine_version ?? nothing), { drop: 3, least: leastConfig }),
    column('config', ({ row }) => printable(row.config ?? nothing), { drop: 2, least: leastConfig }),
  ];
}

/** How its number was judged: the reason, and the interval where pairs gave one. */
function judged({ row }: Standing): string {
  const word = printable(row.reason ?? 'not judged');
  const { delta_pct: delta, ci_lo_pct: low, ci_hi_pct: high } = row;
  if (delta === null || low === null || high === null) return word;
  const signed = (percent: number): string => `${percent > 0 ? '+' : ''}${significant(percent, 2)}`;
  return `${word} ${signed(delta)} % [${signed(low)}, ${signed(high)}]`;
}

/** A value in brackets is not judged. */
function sizeColumns({ cells }: Platform): TableColumn[] {
  const engines = [...new Set(cells.map(({ engine }) => engine))];
  const sizes = [...new Set(cells.map(({ tp }) => tp))].sort(
    (a, b) => (a ?? Number.MAX_VALUE) - (b ?? Number.MAX_VALUE),
  );
  const cell = (engine: string, tp: number | null): string => {
    const found = cells.find((standing) => standing.engine === engine && standing.tp === tp);
    if (found === undefined) return nothing;
    return found.isKept ? value(found.row.value) : `(${value(found.row.value)})`;
  };
  return [
    { head: 'engine', align: 'left', cells: engines.map(printable) },
    ...sizes.map((tp, index) => ({
      head: tp === null ? 'TP ?' : `TP ${tp}`,
      align: 'right' as const,
      cells: engines.map((engine) => cell(engine, tp)),
      drop: index + 1,
    })),
  ];
}

function hasSizes({ cells }: Platform): boolean {
  return new Set(cells.map(({ tp }) => tp)).size > 1;
}

function value(number: number | null): string {
  return number === null ? nothing : significant(number, 4);
}

function markdownTable(columns: readonly TableColumn[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, row) =>
    line(columns.map((column) => markdownText(column.cells[row] ?? ''))),
  );
  return [
    line(columns.map(({ head }) => head)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows,
  ].join('\n');
}
