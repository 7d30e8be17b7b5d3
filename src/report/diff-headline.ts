import type { DiffReport } from '../diff.ts';
import { plural } from '../units.ts';
import type { Judgement } from '../verdict/metric-lines.ts';
import type { PairedFacts } from '../verdict/paired.ts';
import { intervalText, pctText, plainPct } from './diff-words.ts';
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
  if (comparable.state === 'no')
    return { tone: 'warn', title: 'NOT COMPARABLE', text: differencesText(report) };
  return unpairedHeadline(report);
}

/** The first of the conditions that differ; the rest stand below. */
function differencesText({ comparable }: DiffReport): string {
  const [first, second, ...more] = comparable.differences.map(({ text }) => text);
  const named = [first, second].filter((text) => text !== undefined).join('; ');
  return more.length === 0 ? named : `${named}; and ${more.length} more`;
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
  if (unmeasured !== undefined) return `\`bench run ${shellWord(unmeasured.name)}\` measures it.`;
  // bench launches no server that runs elsewhere, so there are no pairs of it.
  if (a.row === null || b.row === null || [a, b].some(({ row }) => row?.engine === 'openai')) return '';
  return `\`bench diff ${shellWord(a.name)} ${shellWord(b.name)} --rerun\` measures pairs now.`;
}

/** A name as one word of a shell. */
function shellWord(name: string): string {
  return /^[\w./:~^@{}+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
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

/** `the runs are 9 days apart` */
export function apartText(apartMs: number | null): string {
  if (apartMs === null) return 'not measured together';
  const units = [
    { unit: 'day', ms: 86_400_000 },
    { unit: 'hour', ms: 3_600_000 },
    { unit: 'minute', ms: 60_000 },
  ];
  const { unit, ms } = units.find((each) => apartMs >= 2 * each.ms) ?? { unit: 'second', ms: 1000 };
  return `the runs are ${plural(Math.round(apartMs / ms), unit)} apart`;
}

function eText(e: number): string {
  return e >= 1000 ? e.toExponential(1).replace('e+', 'e') : e.toPrecision(3);
}
