import { formatDuration, nothing, significant } from '../units.ts';
import type { Comparison } from '../verdict/comparison.ts';
import { comparisonLines } from './pair-lines.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { clip, labelled, printable, wrap } from './text.ts';
import { bounds, signed } from './verdict-sentence.ts';

/** What `bench check` shows. */
export interface CheckReport {
  readonly comparison: Comparison;
  readonly status: string;
  readonly reason: string;
  readonly message: string | null;
  readonly seesPct: number | null;
  readonly file: string | null;
  readonly bundle: string;
  readonly commit: string;
  readonly durationMs: number;
}

/** The screen after a check: passed or not, in words, then the pairs. */
export function checkText(report: CheckReport, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { comparison, status, reason, message, seesPct } = report;
  const word =
    status === 'pass' ? paint.good('pass') : status === 'regression' ? paint.bad(status) : paint.warn(status);
  const lines = [
    `${word}  ${printable(reason)}`,
    ...(message === null ? [] : wrap(printable(message), columns)),
    ...comparisonLines(comparison, options),
    '',
    ...labelled('gate', gateText(seesPct, comparison.maxPairs), columns),
    ...labelled('took', formatDuration(report.durationMs), columns),
    ...labelled('kept in', report.file ?? 'nothing: this check leaves no file', columns),
    ...labelled('bundle', report.bundle, columns),
    ...labelled('commit', report.commit, columns),
  ];
  return `${lines.join('\n')}\n`;
}

/** `this gate sees >= 2.1 %`: what the planned pairs find in 8 of 10 checks. */
export function gateText(seesPct: number | null, pairs: number): string {
  return seesPct === null
    ? 'what this gate sees is not known: no calibration counts'
    : `this gate sees >= ${significant(seesPct, 2)} % (in 8 of 10 checks, with ${pairs} pairs)`;
}

/** What a pull request shows: verdict, table, details, how to do it again. Under 64 KB. */
export function checkMarkdown(report: CheckReport, config: string): string {
  const { comparison, status, reason, seesPct } = report;
  const mark = { pass: '✅', regression: '❌' }[status] ?? '⚠️';
  const guardOf = (name: string) => comparison.guards.find((guard) => guard.name === name)?.state ?? '';
  const rows = comparison.evidence
    .slice(0, 10)
    .map(
      (one) =>
        `| ${one.metric} | ${signed(one.effectPct)} % | ${bounds(one)} | ${one.pairs} | ${guardOf(one.metric)} |`,
    );
  const pairs = comparison.pairs.slice(0, 100).map(({ pair, order, effects, invalid }) => {
    const effect = effects?.[comparison.metric] ?? null;
    return `| ${pair} | ${order} | ${effect === null ? '' : `${signed(100 * Math.expm1(effect))} %`} | ${cell(invalid?.text ?? '')} |`;
  });
  return `${[
    `## ${mark} bench check \`${config}\`: ${status}`,
    '',
    `${comparison.sentence}${reason === '' ? '' : ` — \`${reason}\``}`,
    '',
    '| metric | effect | interval | pairs | guard |',
    '| :--- | ---: | :--- | ---: | :--- |',
    ...rows,
    '',
    '<details><summary>pair by pair</summary>',
    '',
    '| pair | order | effect | |',
    '| ---: | :--- | ---: | :--- |',
    ...pairs,
    '',
    '</details>',
    '',
    `${gateText(seesPct, comparison.maxPairs)}. Baseline ${comparison.baseline.config}, ${comparison.baseline.artifact ?? 'artifact not known'}. Again: \`bench check ${config}\`.`,
  ].join('\n')}\n`;
}

/** One check of the history. */
export interface PastCheck {
  readonly config: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly status: string;
  readonly comparison: Comparison;
}

/** The checks so far: the baseline's own value is what drifts when the machine does. */
export function historyText(checks: readonly PastCheck[], options: ReportOptions): string {
  const paint = paintWith(options.color);
  if (checks.length === 0) return 'No check has been made yet.\n';
  const value = (one: number | null): string => (one === null ? nothing : significant(one, 4));
  const metrics = [...new Set(checks.map(({ comparison }) => comparison.metric))];
  const isOneMetric = metrics.length === 1;
  const isOneConfig = new Set(checks.map(({ config }) => config)).size === 1;
  const lines = drawTable(
    [
      { head: 'checked', align: 'left', cells: checks.map(({ startedAt }) => startedAt.slice(0, 16)) },
      ...(isOneMetric
        ? []
        : [
            {
              head: 'metric',
              align: 'left' as const,
              cells: checks.map(({ comparison }) => comparison.metric),
            },
          ]),
      ...(isOneConfig
        ? []
        : [
            {
              head: 'experiment',
              align: 'left' as const,
              cells: checks.map(({ config }) => printable(config)),
              least: 10,
              drop: 2,
            },
          ]),
      {
        head: isOneMetric ? `baseline ${metrics[0]}` : 'baseline',
        align: 'right',
        cells: checks.map(({ comparison }) => value(comparison.baseline.value)),
      },
      {
        head: 'candidate',
        align: 'right',
        cells: checks.map(({ comparison }) => value(comparison.candidate.value)),
        drop: 1,
      },
      {
        head: 'effect %',
        align: 'right',
        cells: checks.map(({ comparison: { evidence, metric: judged } }) => {
          const found = evidence.find((one) => one.metric === judged);
          return found === undefined ? nothing : signed(found.effectPct);
        }),
      },
      { head: 'result', align: 'left', cells: checks.map(({ status }) => status) },
      { head: 'run', align: 'left', cells: checks.map(({ runId }) => runId), drop: 2 },
    ],
    options.columns,
    paint.faint,
  );
  return `${lines.join('\n')}\n`;
}

/** A text of others in a table's cell, cut so that a hundred of them stay far below 64 KB. */
function cell(text: string): string {
  return clip(printable(text), 200).replaceAll(/[\\|]/g, '\\$&');
}
