import type { Draw } from './draw.ts';
import { sentence } from './sentence.ts';
import type { Story } from './story.ts';
import { type Act, act, newWorld, things } from './world.ts';

/** A move, and which fact tells it. */
export interface Move {
  readonly room: string;
  readonly fact: number;
}

/** What the facts say of the last time that a thing was taken. */
export interface Carrying {
  readonly thing: string;
  readonly taken: number;
  /** Null while the thing is held. */
  readonly dropped: number | null;
  /** The moves of who took it, from the first fact on, until it was dropped. */
  readonly moves: readonly Move[];
}

/** A question about a thing; null: the facts do not answer it. */
export type Ask = (carrying: Carrying) => Omit<Story, 'facts'> | null;

/** Gives about the shares of v1.2: of ten facts 6.3 are moves. */
const kinds = ['move', 'move', 'get', 'drop'] as const;

/**
 * A story of bAbI 2 or 3: people move, take and drop things. After every second fact one of the things is drawn,
 * and asked for if the facts so far can answer.
 */
export function tellOfThings(draw: Draw, asked: number, getsThere: 1 | 5, ask: Ask): Story {
  const world = newWorld(draw, ['John', 'Mary', 'Sandra', 'Daniel']);
  const reader = new Reader();
  const facts: string[] = [];
  for (let questions = 0; ; ) {
    const done = act(world, draw, kinds);
    reader.read(done, facts.length);
    facts.push(sentence(draw, done, getsThere));
    if (facts.length % 2 !== 0) continue;
    const carrying = reader.carryings.get(draw.of(things));
    const question = carrying === undefined ? null : ask(carrying);
    if (question === null) continue;
    questions += 1;
    if (questions === asked) return { facts, ...question };
  }
}

/** What one knows who reads the facts: not where people and things were at first. */
class Reader {
  readonly carryings = new Map<string, Carrying>();
  readonly #moves = new Map<string, Move[]>();

  read(done: Act, fact: number): void {
    const moves = this.#moves.get(done.actor) ?? [];
    this.#moves.set(done.actor, moves);
    if (done.kind === 'move') moves.push({ room: done.room, fact });
    else if (done.kind === 'get') {
      this.carryings.set(done.thing, { thing: done.thing, taken: fact, dropped: null, moves });
    } else {
      const held = this.carryings.get(done.thing);
      if (held !== undefined) this.carryings.set(done.thing, { ...held, dropped: fact, moves: [...moves] });
    }
  }
}
