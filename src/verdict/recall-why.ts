import type { RecallDrop, RecallGate } from './recall-gate.ts';
import type { RecallRule } from './recall-rule.ts';

/** Why the gate is in its state, in one sentence with the numbers that decided. */
export function recallWhy(gate: Omit<RecallGate, 'why'>, { marginPt, chance }: RecallRule): string {
  const { reason, pooled, contexts, thresholds } = gate;
  const [name, context] = split(reason);
  const cell = contexts.find((one) => one.context === context);
  switch (name) {
    case 'failures':
      return `${sum(contexts, 'childInvalid')} items of the child have no answer to the whole prompt, ${sum(contexts, 'parentInvalid')} of the parent`;
    case 'mcnemar-pooled':
      return `${dropText(pooled)}: p ${short(pooled?.p)} is at most ${short(thresholds.pooledP)}`;
    case 'mcnemar-cell':
      return `${context}: ${dropText(cell?.drop)}: p ${short(cell?.drop?.p)} is at most ${short(thresholds.contextP)}`;
    case 'format-collapse':
      return `${context}: ${cell?.formatLost} answers no longer name any of the task's words, ${cell?.formatGained} do so now, of ${cell?.n}`;
    case 'unanswered':
      return `${context}: only ${cell?.n} of ${cell?.seen} items were answered to the whole prompt in both arms, so it was not measured`;
    case 'floor':
      return `the parent is not above chance (${points(100 * chance)} % right) in any context, so no loss would show`;
    case 'outputs-equal':
    case 'tango':
      return `${name === 'tango' ? '' : 'all outputs are equal; '}${boundText(gate)}, within the margin of ${points(marginPt)}`;
    case 'between-looks':
      return `nothing is decided between looks, which are at ${thresholds.looks.join(', ')} items of each context`;
    default:
      return `${boundText(gate)}, above the margin of ${points(marginPt)}, and the loss seen may be chance`;
  }
}

function split(reason: string): [name: string, context: string] {
  const at = reason.indexOf(':');
  return at < 0 ? [reason, ''] : [reason.slice(0, at), reason.slice(at + 1)];
}

function sum(contexts: RecallGate['contexts'], of: 'childInvalid' | 'parentInvalid'): number {
  return contexts.reduce((total, one) => total + one[of], 0);
}

function dropText(drop: RecallDrop | null | undefined): string {
  return drop ? `${drop.lost} items lost and ${drop.gained} gained of ${drop.n}` : 'no items';
}

function boundText({ pooled, thresholds }: Omit<RecallGate, 'why'>): string {
  const upper = pooled === null ? '?' : points(pooled.upperPt);
  const confidence = Number((100 * thresholds.boundConfidence).toFixed(2));
  return `${dropText(pooled)}: the drop is at most ${upper} points (${confidence} % bound)`;
}

/** Rounded up to a tenth, so that what is above a margin never looks like it. */
function points(value: number): string {
  return (Math.ceil(Number((10 * value).toFixed(6))) / 10).toFixed(1);
}

function short(p: number | undefined): string {
  return p === undefined ? '?' : String(Number(p.toPrecision(2)));
}
