import { formatMs, nothing, significant } from '../units.ts';
import type { SweepCell, SweepMetric, SweepResult } from '../verdict/sweep.ts';
import { metricLabel } from './metric-table.ts';
import { printable } from './text.ts';

/** The times of a sweep, in the order in which they are shown. */
const timeNames: readonly SweepMetric[] = ['ttft_ms', 'decode_tok_s', 'e2e_ms'];

/** Those of them that a cell has. */
export function timesOf({ cells }: Pick<SweepResult, 'cells'>): readonly SweepMetric[] {
  return timeNames.filter((metric) => cells.some((cell) => timeOf(cell, metric) !== null));
}

/** The mean over the launches of a cell that ended well; null without one. */
export function timeOf(cell: SweepCell | null, metric: SweepMetric): number | null {
  if (cell === null || cell.state !== 'done') return null;
  const values = cell.launchValues[metric];
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The cell of an arm at a context; null: the sweep has none. */
export function cellAt(cells: readonly SweepCell[], arm: string, context: string): SweepCell | null {
  return cells.find((cell) => cell.arm === arm && cell.context === context) ?? null;
}

/** What became of a cell that failed in a word, and the rest of what is known. */
export function failureOf(why: string | null): { readonly word: string; readonly detail: string } {
  const text = printable(why ?? '');
  const known = /^(invalid|host-failure|interrupted|crash)(?::\s*(.*))?$/.exec(text);
  if (known !== null) return { word: known[1] ?? '', detail: known[2] ?? '' };
  if (text === 'too-long') return { word: text, detail: 'refused before the launch' };
  return { word: /^[a-z]+(?:-[a-z]+)*(?::\S*)?$/.test(text) ? 'crash' : 'failed', detail: text };
}

/** A cell of the recall matrix in lines, the most telling first: `72 %`, `[58, 83]`, `3 cut`. */
export function recallParts(cell: SweepCell | null): string[] {
  const failure = failureParts(cell);
  if (failure !== null || cell === null) return failure ?? [nothing];
  const { recall } = cell;
  if (recall === null) return [nothing];
  return [
    ...(recall.n === 0
      ? ['none scored']
      : [percent(recall.accuracy), `[${share(recall.lower)}, ${share(recall.upper)}]`]),
    ...(recall.cut === 0 ? [] : [`${recall.cut} cut`]),
    ...(recall.failed === 0 ? [] : [`${recall.failed} failed`]),
  ];
}

/** A cell of a matrix of times in lines: the mean over launches, then from where to where they lie when there are several. */
export function timeParts(cell: SweepCell | null, metric: SweepMetric): string[] {
  const failure = failureParts(cell);
  if (failure !== null || cell === null) return failure ?? [nothing];
  const mean = timeOf(cell, metric);
  if (mean === null) return [nothing];
  const values = cell.launchValues[metric];
  if (values.length < 2) return [timeText(metric, mean)];
  const low = timeText(metric, Math.min(...values));
  const high = timeText(metric, Math.max(...values));
  const [number, unit] = low.split(' ');
  return [timeText(metric, mean), `${high.endsWith(` ${unit}`) ? number : low} … ${high}`];
}

function failureParts(cell: SweepCell | null): string[] | null {
  if (cell === null || cell.state === 'waiting' || cell.state === 'running') return [nothing];
  if (cell.state === 'done') return null;
  const { word, detail } = failureOf(cell.why);
  return [word, ...(detail === '' || / /.test(detail) ? [] : [detail])];
}

/** `decode tok/s, mean of 3 launches` */
export function timeTitle(metric: SweepMetric, { launches }: Pick<SweepResult, 'launches'>): string {
  const name = metric === 'decode_tok_s' ? `${metricLabel(metric)} tok/s` : metricLabel(metric);
  return launches < 2 ? name : `${name}, mean of ${launches} launches`;
}

/** A share in whole percent. */
export function percent(of: number): string {
  return `${share(of)} %`;
}

function share(of: number): string {
  return (of * 100).toFixed(0);
}

/** A time in its unit; decode is in tok/s, which {@link timeTitle} says. */
export function timeText(metric: SweepMetric, value: number): string {
  return metric === 'decode_tok_s' ? significant(value) : formatMs(value);
}
