import { significant } from '../units.ts';

/** What the sentence of a verdict is made of; `*Pct` in %, positive where the candidate is better. */
export interface VerdictFacts {
  readonly kind: string;
  /** What it ends with: `keep`, `discard`, `not judged`, `pass` ... */
  readonly status: string;
  readonly reason: string;
  readonly metric: string;
  readonly effectPct: number | null;
  readonly lowerPct: number | null;
  readonly upperPct: number | null;
  readonly pairs: number;
  readonly floorPct: number | null;
  readonly floorFrom: 'calibration' | 'pairs' | null;
  readonly mdePct: number | null;
  readonly minEffectPct: number;
  /** Of a gate: what it lets pass, %; null: no gate. */
  readonly marginPct: number | null;
  readonly addedDeviations: number;
  readonly maxPairs: number;
}

/** `+4.1 % decode_tok_s [+2.9, +5.2] after 4 pairs, floor 1.2 %, pays for 1 added knob: keep (better)`. */
export function verdictSentence(facts: VerdictFacts): string {
  const { effectPct, metric, pairs, status, reason } = facts;
  const effect = effectPct === null ? `${metric} not measured` : `${signed(effectPct)} % ${metric}`;
  const range = effectPct === null ? '' : ` ${bounds(facts)}`;
  const after = `after ${pairs} ${pairs === 1 ? 'pair' : 'pairs'}`;
  const parts = [`${effect}${range} ${after}`, noise(facts), because(facts)].filter((part) => part !== '');
  return `${parts.join(', ')}: ${status} (${reason})`;
}

/** The interval in %, an end that is still unbounded as `-inf` or `inf`. */
export function bounds({ lowerPct, upperPct }: Pick<VerdictFacts, 'lowerPct' | 'upperPct'>): string {
  const end = (value: number | null, open: string) => (value === null ? open : signed(value));
  return `[${end(lowerPct, '-inf')}, ${end(upperPct, 'inf')}]`;
}

/** With a sign and two or three digits: `+4.1`, `-0.35`, `0`. */
export function signed(value: number): string {
  const rounded = Math.abs(value) >= 10 ? value.toFixed(0) : significantOf(value);
  return `${value > 0 && Number(rounded) !== 0 ? '+' : ''}${rounded}`;
}

function significantOf(value: number): string {
  return Math.abs(value) >= 1 ? value.toFixed(1) : value.toFixed(2).replace(/^-?0\.00$/, '0');
}

function noise({ floorPct, floorFrom, mdePct, maxPairs }: VerdictFacts): string {
  const floor =
    floorPct === null
      ? 'floor not known'
      : `floor ${significant(floorPct, 2)} %${floorFrom === 'pairs' ? ' (of these pairs)' : ''}`;
  return mdePct === null ? floor : `${floor}, ${maxPairs} pairs find ${significant(mdePct, 2)} %`;
}

function because(facts: VerdictFacts): string {
  const { kind, addedDeviations, minEffectPct, marginPct, reason } = facts;
  const knobs = Math.abs(addedDeviations);
  const named = `${knobs} ${addedDeviations > 0 ? 'added' : 'fewer'} ${knobs === 1 ? 'knob' : 'knobs'}`;
  switch (kind) {
    case 'better':
      return marginPct === null && addedDeviations > 0 ? `pays for ${named}` : '';
    case 'simpler':
      return `costs no more than ${named} may`;
    case 'equivalent':
      return marginPct === null
        ? `cannot be worth ${significant(minEffectPct, 2)} %`
        : `not worse by ${significant(marginPct, 2)} %`;
    case 'inconclusive':
      return reason.startsWith('inconclusive:guard')
        ? 'not enough evidence that a guard holds'
        : 'not enough evidence either way';
    default:
      return '';
  }
}
