import type { Draw } from './draw.ts';

/** Who is where, and who holds what, in a bAbI world. */
export interface World {
  /** The room of each person. */
  readonly people: Map<string, string>;
  /** The room in which each thing lies, or who holds it. */
  readonly things: Map<string, { readonly room: string } | { readonly holder: string }>;
}

/** Something that a person does. */
export type Act =
  | { readonly kind: 'move'; readonly actor: string; readonly room: string }
  | { readonly kind: 'get' | 'drop'; readonly actor: string; readonly thing: string }
  | { readonly kind: 'give'; readonly actor: string; readonly thing: string; readonly to: string };

/** The rooms of bAbI 1 to 5. */
export const rooms: readonly string[] = ['bedroom', 'kitchen', 'garden', 'hallway', 'bathroom', 'office'];

/** The things of bAbI. */
export const things: readonly string[] = ['apple', 'football', 'milk'];

/** A world in its first state: everybody and everything somewhere, which no fact tells. */
export function newWorld(draw: Draw, people: readonly string[]): World {
  return {
    people: new Map(people.map((person) => [person, draw.of(rooms)])),
    things: new Map(things.map((thing) => [thing, { room: draw.of(rooms) }])),
  };
}

/**
 * Draws a kind, then one of all acts of this kind that are possible now, and does it. A kind of which nothing is
 * possible is drawn anew; a kind that is listed twice is twice as likely.
 */
export function act(world: World, draw: Draw, kinds: readonly Act['kind'][]): Act {
  for (;;) {
    const possible = acts(world, draw.of(kinds));
    if (possible.length === 0) continue;
    const done = draw.of(possible);
    perform(world, done);
    return done;
  }
}

/** All acts of a kind that are possible now. */
function acts(world: World, kind: Act['kind']): readonly Act[] {
  return [...world.people].flatMap(([actor, here]) => actsOf(world, kind, actor, here));
}

function actsOf({ people, things }: World, kind: Act['kind'], actor: string, here: string): Act[] {
  if (kind === 'move') {
    return rooms.filter((room) => room !== here).map((room) => ({ kind, actor, room }));
  }
  const inReach = [...things].filter(([, place]) =>
    kind === 'get' ? 'room' in place && place.room === here : 'holder' in place && place.holder === actor,
  );
  if (kind !== 'give') return inReach.map(([thing]) => ({ kind, actor, thing }));
  const others = [...people].filter(([person, room]) => person !== actor && room === here);
  return inReach.flatMap(([thing]) => others.map(([to]): Act => ({ kind, actor, thing, to })));
}

function perform({ people, things }: World, done: Act): void {
  if (done.kind === 'move') people.set(done.actor, done.room);
  else if (done.kind === 'get') things.set(done.thing, { holder: done.actor });
  else if (done.kind === 'give') things.set(done.thing, { holder: done.to });
  else things.set(done.thing, { room: people.get(done.actor) ?? '' });
}
