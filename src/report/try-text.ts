import type { Summary } from '../stats/summary.ts';
import { findingsLines } from './findings-lines.ts';
import { measuredLines } from './run-text.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { labelled, printable, wrap } from './text.ts';

/** What `bench try` found out about a server. */
export interface TryReport {
  /** The address, or the command that was started. */
  readonly target: string;
  readonly engine: string | null;
  readonly model: string | null;
  readonly summary: Summary;
  /** The experiment file that would measure this again. */
  readonly yaml: string;
  /** Where it was saved; null: it was not. */
  readonly savedTo: string | null;
}

/** The screen after `bench try`: numbers, what was seen, and the YAML. Ends with a newline. */
export function tryText(report: TryReport, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { summary } = report;
  const lines = [
    ...wrap(printable(report.target), columns).map(paint.strong),
    ...labelled('engine', printable(report.engine ?? ''), columns),
    ...labelled('model', printable(report.model ?? ''), columns),
    ...measuredLines(summary, options),
    ...findingsLines(summary.findings, columns, paint),
    '',
    ...yamlLines(report, paint.faint),
  ];
  return `${lines.join('\n')}\n`;
}

function yamlLines({ yaml, savedTo }: TryReport, faint: (text: string) => string): string[] {
  if (savedTo !== null) return [`Saved as an experiment: bench run ${savedTo}`];
  return [
    'As an experiment (--save configs/x.yaml writes it):',
    '',
    ...yaml
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${faint(line)}`)),
  ];
}
