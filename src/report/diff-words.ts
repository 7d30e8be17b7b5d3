import type { KnobDifference } from '../config/knob-diff.ts';
import type { DiffReport } from '../diff.ts';
import type { DiffSide } from '../diff-archive.ts';
import type { StepEffect } from '../diff-path.ts';
import type { MetricName } from '../stats/metric.ts';
import { formatMs, formatTokS, nothing, plural } from '../units.ts';
import type { PctEstimate } from '../verdict/effect-pct.ts';
import type { Judgement, MetricLine } from '../verdict/metric-lines.ts';
import type { PairedFacts } from '../verdict/paired.ts';
import { metricLabel } from './metric-table.ts';
import { printable } from './text.ts';

/** The first thing said: a word or two, and the sentence behind them. */
export interface Headline {
  readonly tone: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly text: string;
}

const tones: { readonly [judgement in Judgement]: Headline['tone'] } = {
  better: 'good',
  worse: 'bad',
  'within noise': 'warn',
  'too few pairs': 'warn',
  unpaired: 'warn',
  'not comparable': 'warn',
  'one side only': 'warn',
};

/** What the comparison comes to, in words; a verdict only where pairs were measured. */
export function headline(report: DiffReport): Headline {
  const { a, b, paired, voids, comparable } = report;
  if (a.row !== null && a.row.run_id === b.row?.run_id)
    return { tone: 'warn', title: 'THE SAME', text: 'A and B are one run.' };
  if (a.row === null || b.row === null) {
    const names = [a, b].filter(({ row }) => row === null).map(({ name }) => name);
    const text = `${names.join(' and ')} ${names.length === 1 ? 'has' : 'have'} no row; only knobs are compared.`;
    return { tone: 'warn', title: 'NOT MEASURED', text };
  }
  if (paired !== null) return pairedHeadline(report, paired);
  if (voids.length > 0) return { tone: 'warn', title: 'NOT COMPARABLE', text: `${voids.join('; ')}.` };
  if (comparable.state === 'no') {
    const count = plural(comparable.differences.length, 'condition');
    return {
      tone: 'warn',
      title: 'NOT COMPARABLE',
      text: `${count} must match and ${isOrAre(report)} not the same.`,
    };
  }
  return unpairedHeadline(report);
}

function isOrAre({ comparable }: DiffReport): string {
  return comparable.differences.length === 1 ? 'is' : 'are';
}

function pairedHeadline(report: DiffReport, paired: PairedFacts): Headline {
  const line = report.metrics.find(({ metric }) => metric === paired.metric);
  const judgement = line?.judgement ?? 'too few pairs';
  const change = line?.change ?? null;
  const effect = change === null ? '' : ` ${pctText(change.pct)} %${intervalText(change, ' ')}`;
  const e = paired.eValue === null ? '' : `, E ${eText(paired.eValue)}`;
  const text = `${metricLabel(paired.metric)}${effect} after ${plural(paired.pairs, 'pair')}${e}`;
  return { tone: tones[judgement], title: judgement.toUpperCase(), text };
}

function unpairedHeadline(report: DiffReport): Headline {
  const line = report.metrics.find(({ metric }) => metric === report.metric) ?? report.metrics[0];
  const change = line?.change ?? null;
  const shown =
    line === undefined || change === null ? '' : `${metricLabel(line.metric)} ${pctText(change.pct)} %, `;
  return { tone: 'warn', title: 'UNPAIRED', text: `${shown}no verdict: ${apartText(report.apartMs)}` };
}

/** What to do for a verdict; empty where there is one, or none can be had. */
export function hintText({ a, b, paired }: DiffReport): string {
  if (paired !== null || (a.row !== null && a.row.run_id === b.row?.run_id)) return '';
  const unmeasured = [a, b].find(({ row, experiment }) => row === null && experiment?.commit === null);
  if (unmeasured !== undefined) return `\`bench run ${unmeasured.name}\` measures it.`;
  if (a.row === null || b.row === null) return '';
  return `\`bench diff ${a.name} ${b.name} --rerun\` measures pairs now.`;
}

/** What the pairs rest on: `floor 1.3 % (calibration), 8 pairs find 2.1 % and more`. */
export function restsOn({ floorPct, floorFrom, mdePct, invalid, calibrationDropped }: PairedFacts): string {
  const from = floorFrom === null ? '' : floorFrom === 'pairs' ? ' (of these pairs)' : ` (${floorFrom})`;
  const parts = [
    floorPct === null ? 'floor not known' : `floor ${plainPct(floorPct)} %${from}`,
    mdePct === null ? 'MDE not known' : `MDE ${plainPct(mdePct)} %`,
    ...(invalid === 0 ? [] : [`${plural(invalid, 'pair')} did not count`]),
    ...(calibrationDropped === null ? [] : [`the calibration does not count: ${calibrationDropped}`]),
  ];
  return parts.join(', ');
}

/** How that run itself ended, and from which side it looked. */
export function judgedText({ a, b, paired }: DiffReport): string {
  if (paired === null) return '';
  const { judged, isTurned, isRelaunched, status, reason, sentence } = paired;
  const verdict = [status ?? 'not judged', reason ?? ''].filter((part) => part !== '').join(' ');
  const baseline = isTurned ? b.name : a.name;
  return [
    isTurned ? `Turned: pairs and guards are those of ${judged} against ${baseline}.` : '',
    isRelaunched ? `${baseline} is the experiment that the pairs launched afresh.` : '',
    `${judged}: ${verdict}.`,
    sentence === '' ? '' : `"${printable(sentence)}"`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Whether the two may be compared, in a sentence. */
export function comparableText({ comparable, paired }: DiffReport): string {
  const { state, unknown } = comparable;
  if (state === 'yes') return 'yes: machine and its settings, driver, workload, definitions';
  if (state === 'unknown') return `as far as known; not recorded: ${unknown.join(', ')}`;
  return paired === null ? 'no' : 'the pairs are, measured in one run; the stored runs are not';
}

/** `9 days apart`. */
export function apartText(apartMs: number | null): string {
  if (apartMs === null) return 'not measured together';
  const minutes = Math.round(apartMs / 60_000);
  if (minutes < 120) return `the runs are ${plural(minutes, 'minute')} apart`;
  const hours = Math.round(apartMs / 3_600_000);
  return hours < 48
    ? `the runs are ${plural(hours, 'hour')} apart`
    : `the runs are ${plural(Math.round(hours / 24), 'day')} apart`;
}

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

function plainPct(pct: number): string {
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

function eText(e: number): string {
  return e >= 1000 ? e.toExponential(1).replace('e+', 'e') : e.toPrecision(3);
}
