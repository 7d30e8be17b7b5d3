/** Answers bAbI questions from the sentences alone, knowing nothing of how they were made; null: not answerable. */
export function solve(facts: readonly string[], question: string): string | null {
  const asked = question.trim();
  if (/ (north|south|east|west) of/.test(asked)) return solveDirection(facts, asked);
  if (/(gave|give|received)/.test(asked)) return solveGift(facts, asked);
  const seen = replay(facts);
  const [, person] = /^Where is ([A-Z]\w+)\?$/.exec(asked) ?? [];
  if (person !== undefined) return seen.rooms.get(person) ?? null;
  const [, thing] = /^Where is the (\w+)\?$/.exec(asked) ?? [];
  if (thing !== undefined) return seen.paths.get(thing)?.at(-1) ?? null;
  const [, moved, room] = /^Where was the (\w+) before the (\w+)\?$/.exec(asked) ?? [];
  const path = seen.paths.get(moved ?? '') ?? [];
  return path[path.lastIndexOf(room ?? '') - 1] ?? null;
}

/** Where everybody was last, and the rooms through which each thing went, without repetition in a row. */
function replay(facts: readonly string[]) {
  const rooms = new Map<string, string>();
  const holders = new Map<string, string>();
  const paths = new Map<string, string[]>();
  for (const fact of facts) {
    const [, move, room] =
      /^(\w+) (?:went|journeyed|travelled|moved|went back) to the (\w+)\.$/.exec(fact) ?? [];
    const [, taker, taken] = /^(\w+) (?:got|took|grabbed|picked up) the (\w+)(?: there)?\.$/.exec(fact) ?? [];
    const [, , dropped] =
      /^(\w+) (?:dropped|put down|left|discarded) the (\w+)(?: there)?\.$/.exec(fact) ?? [];
    if (move !== undefined && room !== undefined) rooms.set(move, room);
    else if (taker !== undefined && taken !== undefined) holders.set(taken, taker);
    else if (dropped !== undefined) holders.delete(dropped);
    else throw new Error(`not a fact of bAbI 1 to 3: ${fact}`);
    for (const [thing, holder] of holders) {
      const here = rooms.get(holder);
      const path = paths.get(thing) ?? [];
      if (here !== undefined && path.at(-1) !== here) paths.set(thing, [...path, here]);
    }
  }
  return { rooms, paths };
}

const opposite: Readonly<Record<string, string>> = {
  north: 'south',
  south: 'north',
  east: 'west',
  west: 'east',
};

function solveDirection(facts: readonly string[], asked: string): string | null {
  const is = new Map<string, string>();
  for (const fact of facts) {
    const [, first, side, second] = /^The (\w+) is (\w+) of the (\w+)\.$/.exec(fact) ?? [];
    is.set(`${side} of ${second}`, first ?? '');
    is.set(`${opposite[side ?? '']} of ${first}`, second ?? '');
  }
  const [, side, middle] = /^What is (\w+) of the (\w+)\?$/.exec(asked) ?? [];
  if (side !== undefined) return is.get(`${side} of ${middle}`) ?? null;
  const [, room, back] = /^What is the (\w+) (\w+) of\?$/.exec(asked) ?? [];
  return is.get(`${opposite[back ?? '']} of ${room}`) ?? null;
}

function solveGift(facts: readonly string[], asked: string): string | null {
  const gifts = facts.flatMap((fact) => {
    const parts = /^(\w+) (?:gave|handed|passed) the (\w+) to (\w+)\.$/.exec(fact);
    return parts === null ? [] : [{ giver: parts[1], thing: parts[2], receiver: parts[3] }];
  });
  const forms: [RegExp, readonly Part[], Part][] = [
    [/^What did (\w+) give to (\w+)\?$/, ['giver', 'receiver'], 'thing'],
    [/^Who gave the (\w+)\?$/, ['thing'], 'giver'],
    [/^Who gave the (\w+) to (\w+)\?$/, ['thing', 'receiver'], 'giver'],
    [/^Who received the (\w+)\?$/, ['thing'], 'receiver'],
    [/^Who did (\w+) give the (\w+) to\?$/, ['giver', 'thing'], 'receiver'],
  ];
  for (const [form, given, wanted] of forms) {
    const parts = form.exec(asked);
    if (parts === null) continue;
    const gift = gifts.findLast((gift) => given.every((part, index) => gift[part] === parts[index + 1]));
    return gift?.[wanted] ?? null;
  }
  return null;
}

type Part = 'giver' | 'thing' | 'receiver';
