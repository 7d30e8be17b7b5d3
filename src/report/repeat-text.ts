import { significant } from '../units.ts';
import { signed } from './verdict-sentence.ts';

/** What `bench repeat` says. */
export interface RepeatReport {
  readonly name: string;
  readonly metric: string;
  readonly outcome: string;
  readonly numbers: {
    readonly kind: 'value' | 'effect';
    readonly before: number;
    readonly today: number | null;
  };
  readonly differencePct: number | null;
  readonly noisePct: number | null;
}

/** `reproduced: decode_tok_s 45.1 then, 44.9 today (-0.4 %, noise makes up to 2.1 %)`. */
export function repeatSentence(report: RepeatReport): string {
  const { name, metric, outcome, numbers, differencePct, noisePct } = report;
  const show = (value: number | null): string =>
    value === null ? 'nothing' : numbers.kind === 'effect' ? `${signed(value)} %` : significant(value, 4);
  const noise =
    noisePct === null
      ? 'what noise makes is not known: `bench calibrate`, or more --launches'
      : numbers.kind === 'effect'
        ? `floor ${significant(noisePct, 2)} %`
        : `noise makes up to ${significant(noisePct, 2)} %`;
  const difference =
    differencePct === null ? '' : `${signed(differencePct)}${numbers.kind === 'effect' ? ' points' : ' %'}, `;
  return `${name} ${outcome}: ${metric} ${show(numbers.before)} then, ${show(numbers.today)} today (${difference}${noise})`;
}
