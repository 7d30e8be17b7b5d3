import type { KnobDifference } from '../config/knob-diff.ts';
import type { DiffReport } from '../diff.ts';
import type { DiffSide } from '../diff-archive.ts';
import type { StepEffect } from '../diff-path.ts';
import type { MetricName } from '../stats/metric.ts';
import { formatMs, formatTokS, nothing } from '../units.ts';
import type { PctEstimate } from '../verdict/effect-pct.ts';
import type { MetricLine } from '../verdict/metric-lines.ts';
import { metricLabel } from './metric-table.ts';
import { printable } from './text.ts';

/** A side in one line: what it is called, which run it is, how it ended. */
export function sideText({ name, row }: DiffSide): string {
  if (row === null) return name;
  const iter = `iter-${row.iter}`;
  const other = name === iter || name.includes(row.run_id) ? [] : [iter];
  const run = name.includes(row.run_id) ? [] : [row.run_id];
  const ended = [row.status ?? 'not judged', row.reason ?? ''].filter((part) => part !== '');
  return printable([name, ...other, ...run, ...ended].join('  '));
}

/** `configs/x.yaml: what it is about` */
export function aboutText({ row, experiment, name }: DiffSide): string {
  const config = row?.config ?? experiment?.config ?? '';
  const parts = [config === name ? '' : config, row?.description ?? ''];
  return printable(parts.filter((part) => part !== '').join(': '));
}

/** What the rows say beside the metrics, where it is not the same: `errors 0 -> 2, complexity 2 -> 3`. */
export function cellsText({ a, b }: Pick<DiffReport, 'a' | 'b'>): string {
  const cells = (['errors', 'recall', 'complexity'] as const).map((cell) => {
    return { cell, from: a.row?.[cell] ?? nothing, to: b.row?.[cell] ?? nothing };
  });
  const changed = cells.filter(({ from, to }) => from !== to);
  return printable(changed.map(({ cell, from, to }) => `${cell} ${from} -> ${to}`).join(', '));
}

/** Engine, model, hardware, workload of one row. */
export function subjectText({ row }: DiffSide): string {
  if (row === null) return '';
  const engine = [row.engine, row.engine_version].filter((part) => part !== null).join(' ');
  const workload = row.workload === null ? null : `workload ${row.workload}`;
  return printable(
    [engine, row.model, row.hardware, workload].filter((part) => part !== null && part !== '').join(', '),
  );
}

/** A knob as `--max-num-seqs 128 -> 256`; several leaves of a group one after the other. */
export function knobText({ leaves }: KnobDifference): string {
  return leaves
    .map(({ name, before, after }) => `${name} ${knobValue(before)} -> ${knobValue(after)}`)
    .join(', ');
}

/** A knob's value; what is not set says so. */
export function knobValue(value: string | null): string {
  return value === null ? 'not set' : value === '' ? '""' : printable(value);
}

/** What a step was worth: `+6.1 % [+4.8, +7.4]`, as its number changed. */
export function stepText(step: StepEffect | null): string {
  if (step === null) return 'not measured in pairs';
  return `${pctText(step.change.pct)} %${intervalText(step.change, ' ')}`;
}

/** A percentage with its sign. */
export function pctText(pct: number): string {
  const text = plainPct(pct);
  return pct > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A percentage without a plus. */
export function plainPct(pct: number): string {
  const text = Number.isFinite(pct) ? pct.toFixed(Math.abs(pct) < 0.095 ? 2 : 1) : '∞';
  return Number(text) === 0 ? '0' : text;
}

/** `[+4.8, +7.4]` with a text before it; empty where nothing bounds it. */
export function intervalText({ lower, upper }: PctEstimate, before = ''): string {
  if (lower === null && upper === null) return '';
  const end = (value: number | null): string => (value === null ? '∞' : pctText(value));
  return `${before}[${lower === null ? '-∞' : pctText(lower)}, ${end(upper)}]`;
}

/** A metric's number in its unit; `-` for null. */
export function valueText(metric: MetricName, value: number | null): string {
  if (value === null) return nothing;
  return metric.endsWith('_tok_s') ? formatTokS(value) : formatMs(value);
}

/** The metrics that are shown: without reasoning TTFAT is TTFT. */
export function shownMetrics(lines: readonly MetricLine[]): readonly MetricLine[] {
  const ttft = lines.find(({ metric }) => metric === 'ttft_ms');
  return lines.filter(
    ({ metric, a, b }) => metric !== 'ttfat_ms' || ttft === undefined || a !== ttft.a || b !== ttft.b,
  );
}

/** `decode ↑`: which way is better. */
export function directedLabel({ metric, better }: Pick<MetricLine, 'metric' | 'better'>): string {
  return `${metricLabel(metric)} ${better === 'higher' ? '↑' : '↓'}`;
}
