import type { Draw } from './draw.ts';
import type { Story } from './story.ts';
import { rooms } from './world.ts';

/**
 * bAbI 4, two-argument relations: three rooms on a line, two facts, a question about a neighbour of the middle one.
 * A story has but one question.
 */
export function whatIsThere(draw: Draw): Story {
  const first = draw.of(rooms);
  const middle = draw.of(rooms.filter((room) => room !== first));
  const last = draw.of(rooms.filter((room) => room !== first && room !== middle));
  const [side, back] = draw.of([
    ['north', 'south'],
    ['south', 'north'],
    ['east', 'west'],
    ['west', 'east'],
  ] as const);
  // The first room is `side` of the middle one, the last room on its other side.
  const neighbours = [
    { room: first, side, back },
    { room: last, side: back, back: side },
  ] as const;
  const told = draw.below(2) === 0 ? neighbours : neighbours.toReversed();
  const facts = told.map(({ room, side, back }) =>
    draw.below(2) === 0
      ? `The ${room} is ${side} of the ${middle}.`
      : `The ${middle} is ${back} of the ${room}.`,
  );
  const fact = draw.below(2);
  const neighbour = told[fact] ?? neighbours[0];
  const question = draw.of([
    `What is ${neighbour.side} of the ${middle}?`,
    `What is the ${middle} ${neighbour.back} of?`,
  ]);
  return { facts, question, target: neighbour.room, supporting: [fact] };
}
