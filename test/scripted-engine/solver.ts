import { type Direction, type Fact, findFacts, rooms } from './facts.ts';

/** What a BABILong prompt holds: its facts, found only inside `<context>`, and its question. */
export interface Item {
  readonly question: Question;
  /** `at` of each counts from the start of `context`. */
  readonly facts: readonly Fact[];
  readonly context: string;
}

/** A question of tasks 1 to 5, by what has to be found. */
export type Question =
  | { readonly task: 'qa1'; readonly person: string }
  | { readonly task: 'qa2'; readonly item: string }
  | { readonly task: 'qa3'; readonly item: string; readonly before: string }
  | { readonly task: 'qa4'; readonly room: string; readonly direction: Direction }
  | {
      readonly task: 'qa5';
      readonly asked: 'giver' | 'receiver' | 'item';
      readonly giver?: string;
      readonly receiver?: string;
      readonly item?: string;
    };

const opposite = { north: 'south', south: 'north', east: 'west', west: 'east' } as const;

/**
 * Reads a user message in BABILong's format; null when it asks none of the five tasks' questions. A prompt whose start
 * was cut away has no `<context>` left: then everything before `</context>` is the context.
 */
export function readItem(prompt: string): Item | null {
  const question = readQuestion(prompt.slice(prompt.lastIndexOf('Question: ') + 'Question: '.length).trim());
  const end = prompt.lastIndexOf('</context>');
  if (question === null || end === -1) return null;
  const opened = prompt.lastIndexOf('<context>', end);
  const context = prompt.slice(opened === -1 ? 0 : opened + '<context>'.length, end);
  return { question, context, facts: findFacts(context) };
}

/** The question in a symbolic form; null when it is none of the five tasks'. */
export function readQuestion(text: string): Question | null {
  const read = (pattern: RegExp): string[] | null => pattern.exec(text)?.slice(1) ?? null;
  const [person] = read(/^Where is ([A-Z]\w+)\?$/) ?? [];
  if (person !== undefined) return { task: 'qa1', person };
  const [lost] = read(/^Where is the (\w+)\?$/) ?? [];
  if (lost !== undefined) return { task: 'qa2', item: lost };
  const [moved, before] = read(/^Where was the (\w+) before the (\w+)\?$/) ?? [];
  if (moved !== undefined && before !== undefined) return { task: 'qa3', item: moved, before };
  const [towards, from] = read(/^What is (north|south|east|west) of the (\w+)\?$/) ?? [];
  if (towards !== undefined && from !== undefined)
    return { task: 'qa4', room: from, direction: towards as Direction };
  const [here, away] = read(/^What is the (\w+) (north|south|east|west) of\?$/) ?? [];
  if (here !== undefined && away !== undefined)
    return { task: 'qa4', room: here, direction: opposite[away as Direction] };
  return readGiving(text);
}

function readGiving(text: string): Question | null {
  const forms = [
    ['item', /^What did (?<giver>\w+) give to (?<receiver>\w+)\?$/],
    ['giver', /^Who gave the (?<item>\w+)(?: to (?<receiver>\w+))?\?$/],
    ['receiver', /^Who did (?<giver>\w+) give the (?<item>\w+) to\?$/],
    ['receiver', /^Who received the (?<item>\w+)\?$/],
  ] as const;
  for (const [asked, form] of forms) {
    const found = form.exec(text)?.groups;
    if (found !== undefined) return { task: 'qa5', asked, ...found };
  }
  return null;
}

/** The room, person or thing that the facts give for an answer; null when they do not say. */
export function solve(question: Question, facts: readonly Fact[]): string | null {
  switch (question.task) {
    case 'qa1': {
      const moves = facts.filter((fact) => fact.kind === 'move' && fact.person === question.person);
      const last = moves.at(-1);
      return last?.kind === 'move' ? last.room : null;
    }
    case 'qa2':
      return roomsOf(question.item, facts).at(-1) ?? null;
    case 'qa3': {
      const visited = roomsOf(question.item, facts);
      return visited[visited.lastIndexOf(question.before) - 1] ?? null;
    }
    case 'qa4':
      return neighbour(question.room, question.direction, facts);
    case 'qa5':
      return giving(question, facts);
  }
}

/** The rooms a thing has been in, one after another, from where it was first taken or put. */
function roomsOf(item: string, facts: readonly Fact[]): string[] {
  const place = new Map<string, string>();
  const visited: string[] = [];
  let holder: string | null = null;
  const seenWith = (person: string): void => {
    const room = place.get(person);
    if (room !== undefined && room !== visited.at(-1)) visited.push(room);
  };
  for (const fact of facts) {
    if (fact.kind === 'lies') continue;
    if (fact.kind === 'move') place.set(fact.person, fact.room);
    else if (fact.item !== item) continue;
    else if (fact.kind === 'give') holder = fact.to;
    else holder = fact.kind === 'get' ? fact.person : null;
    if (fact.kind !== 'move' || fact.person === holder) seenWith(fact.person);
  }
  return visited;
}

/** What lies in a direction from a room, by a statement said either way round. */
function neighbour(room: string, direction: Direction, facts: readonly Fact[]): string | null {
  for (const fact of facts) {
    if (fact.kind !== 'lies') continue;
    if (fact.of === room && fact.direction === direction) return fact.room;
    if (fact.room === room && fact.direction === opposite[direction]) return fact.of;
  }
  return null;
}

function giving(question: Question & { task: 'qa5' }, facts: readonly Fact[]): string | null {
  const { asked, giver, receiver, item } = question;
  const given = facts.findLast(
    (fact) =>
      fact.kind === 'give' &&
      (giver === undefined || fact.person === giver) &&
      (receiver === undefined || fact.to === receiver) &&
      (item === undefined || fact.item === item),
  );
  if (given?.kind !== 'give') return null;
  return { giver: given.person, receiver: given.to, item: given.item }[asked];
}

/** A wrong answer, the same every time: the task's first label that is neither the truth nor in the question. */
export function wrongAnswer(question: Question, truth: string | null): string {
  const people = ['Bill', 'Fred', 'Jeff', 'Mary'];
  const labels: readonly string[] =
    question.task !== 'qa5' ? rooms : question.asked === 'item' ? ['apple', 'football', 'milk'] : people;
  const named = Object.values(question);
  return labels.find((label) => label !== truth && !named.includes(label)) ?? 'nowhere';
}

/** An answer in the words that the task's instructions ask for. */
export function worded(question: Question, answer: string): string {
  switch (question.task) {
    case 'qa1':
      return `The most recent location of ${question.person} is ${answer}.`;
    case 'qa2':
      return `The ${question.item} is in the ${answer}.`;
    case 'qa3':
      return `Before the ${question.before} the ${question.item} was in the ${answer}.`;
    default:
      return answer;
  }
}
