/** A bAbI statement of tasks 1 to 5, v1.2 wording; `at` is where it begins in the text it was found in. */
export type Fact =
  | { readonly kind: 'move'; readonly person: string; readonly room: string; readonly at: number }
  | { readonly kind: 'get' | 'drop'; readonly person: string; readonly item: string; readonly at: number }
  | {
      readonly kind: 'give';
      readonly person: string;
      readonly item: string;
      readonly to: string;
      readonly at: number;
    }
  | {
      readonly kind: 'lies';
      readonly room: string;
      readonly direction: Direction;
      readonly of: string;
      readonly at: number;
    };

export type Direction = 'north' | 'south' | 'east' | 'west';

/** Everything that an answer to tasks 1 to 4 can name. */
export const rooms = ['bathroom', 'bedroom', 'garden', 'hallway', 'kitchen', 'office'] as const;
const person = '(?:John|Mary|Sandra|Daniel|Bill|Fred|Jeff)';
const item = '(?:apple|football|milk)';
const room = `(?:${rooms.join('|')})`;

/** One pattern for all, so that a long text is read once. */
const statement = new RegExp(
  [
    `\\b(?<who>${person}) (?:`,
    `(?:went to|journeyed to|travelled to|moved to|went back to) the (?<room>${room})`,
    `|(?:got|took|grabbed|picked up) the (?<got>${item})(?: there)?`,
    `|(?:dropped|put down|left|discarded) the (?<dropped>${item})(?: there)?`,
    `|(?:gave|handed|passed) the (?<given>${item}) to (?<to>${person})`,
    `)\\.`,
    `|\\bThe (?<here>${room}) is (?<direction>north|south|east|west) of the (?<there>${room})\\.`,
  ].join(''),
  'g',
);

/** The bAbI statements of a text in their order, whatever stands between them. */
export function findFacts(text: string): Fact[] {
  return [...text.matchAll(statement)].flatMap(({ groups, index: at }): Fact[] => {
    const { who, room, got, dropped, given, to, here, direction, there } = groups ?? {};
    if (who !== undefined) {
      if (room !== undefined) return [{ kind: 'move', person: who, room, at }];
      if (got !== undefined) return [{ kind: 'get', person: who, item: got, at }];
      if (dropped !== undefined) return [{ kind: 'drop', person: who, item: dropped, at }];
      if (given !== undefined && to !== undefined)
        return [{ kind: 'give', person: who, item: given, to, at }];
    }
    if (here === undefined || there === undefined) return [];
    return [{ kind: 'lies', room: here, direction: direction as Direction, of: there, at }];
  });
}
