import type { Draw } from './draw.ts';
import type { Act } from './world.ts';

const verbs = {
  move: ['went to', 'journeyed to', 'travelled to', 'moved to', 'went back to'],
  get: ['got', 'took', 'grabbed', 'picked up'],
  drop: ['dropped', 'put down', 'left', 'discarded'],
  give: ['gave', 'handed', 'passed'],
} as const;

/**
 * An act as a sentence, in the words of bAbI v1.2.
 * @param getsThere how many of five things taken are taken `there`; of those dropped it is one of five.
 */
export function sentence(draw: Draw, done: Act, getsThere: 1 | 5): string {
  const start = `${done.actor} ${draw.of(verbs[done.kind])} the`;
  if (done.kind === 'move') return `${start} ${done.room}.`;
  if (done.kind === 'give') return `${start} ${done.thing} to ${done.to}.`;
  const isThere = draw.below(5) < (done.kind === 'get' ? getsThere : 1);
  return `${start} ${done.thing}${isThere ? ' there' : ''}.`;
}
