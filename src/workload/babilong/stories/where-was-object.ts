import { type Carrying, tellOfThings } from './carrying.ts';
import type { Draw } from './draw.ts';
import type { Story } from './story.ts';

/**
 * bAbI 3, three supporting facts: where a thing was before it came to where it is. Either its holder took it and
 * then moved twice, or who dropped it had moved twice, the last time with it.
 */
export function whereWasObject(draw: Draw, asked: number): Story {
  return tellOfThings(draw, asked, 1, ask);
}

function ask({ thing, taken, dropped, moves }: Carrying): Omit<Story, 'facts'> | null {
  const [before, last] = moves.slice(-2);
  if (before === undefined || last === undefined || last.fact < taken) return null;
  if (dropped === null && before.fact < taken) return null;
  const supporting = [dropped ?? taken, before.fact, last.fact].sort((a, b) => a - b);
  return { question: `Where was the ${thing} before the ${last.room}? `, target: before.room, supporting };
}
