import { type Carrying, tellOfThings } from './carrying.ts';
import type { Draw } from './draw.ts';
import type { Story } from './story.ts';

/**
 * bAbI 2, two supporting facts: where a thing is. Either its holder took it and then moved, or who dropped it had
 * moved there.
 */
export function whereIsObject(draw: Draw, asked: number): Story {
  return tellOfThings(draw, asked, 5, ask);
}

function ask({ thing, taken, dropped, moves }: Carrying): Omit<Story, 'facts'> | null {
  const last = moves.at(-1);
  if (last === undefined || (dropped === null && last.fact < taken)) return null;
  const supporting = [dropped ?? taken, last.fact].sort((a, b) => a - b);
  return { question: `Where is the ${thing}? `, target: last.room, supporting };
}
