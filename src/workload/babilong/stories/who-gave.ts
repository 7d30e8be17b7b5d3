import type { Draw } from './draw.ts';
import { sentence } from './sentence.ts';
import type { Story } from './story.ts';
import { type Act, act, newWorld } from './world.ts';

type Give = Extract<Act, { kind: 'give' }>;

/** Gives about the shares of v1.2: of ten facts 5.6 are moves, 1.3 gifts. */
const kinds = ['move', 'move', 'get', 'drop', 'give', 'give', 'give'] as const;

/** A gift is asked for while at most so many facts were told since. */
const mostSince = 4;

/**
 * bAbI 5, three-argument relations: people move, take, drop and give things. After every second fact the last gift
 * is asked for, if it is fresh. So of all gifts that a question could mean, the last one is meant.
 */
export function whoGave(draw: Draw, asked: number): Story {
  const world = newWorld(draw, ['Fred', 'Mary', 'Jeff', 'Bill']);
  const facts: string[] = [];
  let gift: { readonly give: Give; readonly fact: number } | null = null;
  for (let questions = 0; ; ) {
    const done = act(world, draw, kinds);
    if (done.kind === 'give') gift = { give: done, fact: facts.length };
    facts.push(sentence(draw, done, 5));
    if (gift === null || facts.length % 2 !== 0 || facts.length - 1 - gift.fact > mostSince) continue;
    questions += 1;
    if (questions === asked) return { facts, ...askAbout(draw, gift.give), supporting: [gift.fact] };
  }
}

/** Asks for the thing, the giver or the receiver, each a third of the time, as in v1.2. */
function askAbout(draw: Draw, { actor, thing, to }: Give): { question: string; target: string } {
  const isLong = draw.below(2) === 0;
  return draw.of([
    { question: `What did ${actor} give to ${to}? `, target: thing },
    { question: isLong ? `Who gave the ${thing} to ${to}? ` : `Who gave the ${thing}? `, target: actor },
    {
      question: isLong ? `Who did ${actor} give the ${thing} to? ` : `Who received the ${thing}? `,
      target: to,
    },
  ]);
}
