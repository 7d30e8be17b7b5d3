import type { MetricName } from '../stats/metric.ts';
import type { MetricSummary, Percentile, Summary } from '../stats/summary.ts';
import { decimalsFor, nothing } from '../units.ts';
import type { Paint } from './style.ts';
import { drawTable, type TableColumn } from './table.ts';

/** What people call the metrics, in the order in which they read them; units are beside them. */
const labels: { readonly [Name in MetricName]: string } = {
  decode_tok_s: 'decode',
  ttft_ms: 'TTFT',
  ttfat_ms: 'TTFAT',
  tpot_ms: 'TPOT',
  itl_ms: 'ITL',
  e2e_ms: 'e2e',
  e2e_tok_s: 'e2e',
};

/** Below six values no pair of them holds the median with 95 %: 1 - 2 / 2^5 = 93.75 %. */
const fewestForInterval = 6;
const atLeast = '≥';

interface Line {
  readonly label: string;
  readonly isRate: boolean;
  readonly unit: string;
  readonly metric: MetricSummary;
  /** A number in the line's unit, with the decimals of its median. */
  show(value: number): string;
}

/**
 * The metrics of a summary as a table: the value with its interval, spread, range, and for times the tail
 * percentiles. Columns on the right go first on narrow terminals.
 */
export function metricTable(summary: Summary, width: number, paint: Paint): string[] {
  const lines = linesOf(summary);
  const cells = (cell: (line: Line) => string): string[] => lines.map(cell);
  return drawTable(
    [
      { head: '', align: 'left', cells: cells((line) => line.label) },
      { head: '', align: 'left', cells: cells((line) => line.unit) },
      { head: 'median', align: 'right', cells: cells((line) => paint.strong(line.show(line.metric.value))) },
      { head: '95 % over queries', align: 'right', cells: cells(medianInterval), drop: 1 },
      { head: 'mean ± sd', align: 'right', cells: cells(meanAndSd), drop: 2 },
      { head: 'min … max', align: 'right', cells: cells(range), drop: 3 },
      ...tailColumn('p90', lines, 4),
      ...tailColumn('p99', lines, 5),
    ],
    width,
    paint.faint,
  );
}

/** What the table, as drawn, cannot say for itself, a sentence each. */
export function metricNotes(summary: Summary, table: readonly string[]): string[] {
  const metrics = Object.values(summary.metrics).filter((metric) => metric !== null);
  if (metrics.length === 0) return ['No request gave a number.'];
  const fewest = Math.min(...metrics.map((metric) => metric.n));
  return [
    ...(fewest < fewestForInterval
      ? [
          `An interval of the median needs ${fewestForInterval} queries; there ${fewest === 1 ? 'is' : 'are'} ${fewest}.`,
        ]
      : []),
    ...(table.some((line) => line.includes(atLeast))
      ? [`${atLeast}: with so few queries the percentile is known only from below.`]
      : []),
  ];
}

/** What people call a metric. */
export function metricLabel(name: MetricName): string {
  return labels[name];
}

function linesOf(summary: Summary): Line[] {
  const names = Object.keys(labels) as MetricName[];
  return names.flatMap((name) => {
    const metric = summary.metrics[name];
    if (metric === null || (name === 'ttfat_ms' && isSame(metric, summary.metrics.ttft_ms))) return [];
    const { unit, scale } = unitOf(name, metric.value);
    const decimals = decimalsFor(metric.value / scale);
    return [
      {
        ...{ label: labels[name], unit, metric },
        isRate: unit === 'tok/s',
        show: (value: number) => (value / scale).toFixed(decimals),
      },
    ];
  });
}

/** Without reasoning the first answer token is the first token: one line says both. */
function isSame(one: MetricSummary, other: MetricSummary | null): boolean {
  return other !== null && one.value === other.value && one.mean === other.mean && one.n === other.n;
}

function unitOf(name: MetricName, value: number): { unit: string; scale: number } {
  if (name.endsWith('_tok_s')) return { unit: 'tok/s', scale: 1 };
  return Math.abs(value) >= 9_995 ? { unit: 's', scale: 1000 } : { unit: 'ms', scale: 1 };
}

function medianInterval({ metric, show }: Line): string {
  const { lower, upper } = metric.p50;
  return lower === null || upper === null ? nothing : `[${show(lower)}, ${show(upper)}]`;
}

function meanAndSd({ metric, show }: Line): string {
  return `${show(metric.mean)} ± ${metric.sd === null ? nothing : show(metric.sd)}`;
}

function range({ metric, show }: Line): string {
  return `${show(metric.min)} … ${show(metric.max)}`;
}

/** A tail percentile of the times; no column where the sample bounds none of them. */
function tailColumn(head: 'p90' | 'p99', lines: readonly Line[], drop: number): TableColumn[] {
  const isBounded = lines.some(({ isRate, metric }) => !isRate && metric[head].upper !== null);
  if (!isBounded) return [];
  return [{ head, align: 'right', cells: lines.map((line) => tail(line, line.metric[head])), drop }];
}

/** A high percentile of a rate is its best end, which nobody asks for: left blank. */
function tail(line: Line, percentile: Percentile): string {
  const { value, lower, upper } = percentile;
  if (line.isRate) return '';
  if (lower !== null && upper !== null)
    return `${line.show(value)} [${line.show(lower)}, ${line.show(upper)}]`;
  return lower === null ? nothing : `${atLeast} ${line.show(lower)}`;
}
