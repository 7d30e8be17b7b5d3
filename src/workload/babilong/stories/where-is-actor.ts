import type { Draw } from './draw.ts';
import { sentence } from './sentence.ts';
import type { Story } from './story.ts';
import { act, newWorld } from './world.ts';

/**
 * bAbI 1, one supporting fact: people walk about, and after every second fact one of those who have moved is asked
 * for.
 */
export function whereIsActor(draw: Draw, asked: number): Story {
  const world = newWorld(draw, ['John', 'Mary', 'Sandra', 'Daniel']);
  const facts: string[] = [];
  const moved = new Map<string, number>();
  while (facts.length < 2 * asked) {
    const done = act(world, draw, ['move']);
    moved.set(done.actor, facts.length);
    facts.push(sentence(draw, done, 5));
  }
  const [person, fact] = draw.of([...moved]);
  const target = world.people.get(person) ?? '';
  return { facts, question: `Where is ${person}? `, target, supporting: [fact] };
}
