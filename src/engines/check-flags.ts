import { isFlag } from './args.ts';
import type { FlagFact, HelpFact, LintProblem } from './engine.ts';

/** Finds the one of many names that a person most likely meant; undefined when none is near. */
export type Nearest = (typed: string, known: readonly string[]) => string | undefined;

/**
 * Flags that the engine's own help does not know or calls gone, values that it does not list, spellings that it does
 * not read, and flags given again that hold one value.
 * @param words of the command line, from the engine's own first one on.
 * @param facts from its help; with none nothing is said.
 */
export function checkFlags(
  words: readonly string[],
  facts: readonly FlagFact[],
  help: Pick<HelpFact, 'abbreviates' | 'joins' | 'rewrites' | 'renamed' | 'alsoReads' | 'addsUp'>,
  nearest: Nearest,
): LintProblem[] {
  const known = new Map(
    facts.flatMap((fact) => [fact.flag, ...fact.aliases].map((name) => [plain(name), fact])),
  );
  const problems: LintProblem[] = [];
  const given = new Map<FlagFact, string[]>();
  if (known.size === 0) return problems;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') break;
    if (!isFlag(word) || help.rewrites?.test(word)) continue;
    const { name, key, value } = partsOf(word);
    const fact = known.get(plain(name)) ?? abbreviated(name, known, help.abbreviates);
    if (fact === null) {
      problems.push(unknown(name, known, help, nearest));
      continue;
    }
    const next = words[at + 1];
    const isNext = value === null && fact.takesValue && next !== undefined && !known.has(plain(next));
    problems.push(...gone(name, fact), ...misspelt(word, fact, help));
    if (key === null) {
      problems.push(...unlisted(name, fact, value ?? (isNext ? next : null), help));
      given.set(fact, [...(given.get(fact) ?? []), name]);
    }
    // Its value may begin with a dash.
    if (isNext && (!help.joins || !isFlag(next))) at += 1;
  }
  return [...problems, ...givenAgain(given, help)];
}

/** The Python engines and llama.cpp read underscores in a flag as dashes. */
function plain(name: string): string {
  return name.startsWith('--') ? name.replaceAll('_', '-') : name;
}

/** `--flag.key=value`: vLLM takes the keys of a JSON flag one by one. */
function partsOf(word: string): { name: string; key: string | null; value: string | null } {
  const [, name = word, key = null, value = null] =
    /^([^.=]+)(?:\.([^=]+))?(?:=([\s\S]*))?$/.exec(word) ?? [];
  return { name, key, value };
}

function abbreviated(
  name: string,
  known: ReadonlyMap<string, FlagFact>,
  isAllowed: boolean,
): FlagFact | null {
  if (!isAllowed) return null;
  // `-tp4` is `-t p4` to argparse, which a one-letter flag with a value takes.
  if (!name.startsWith('--'))
    return known.get(name.slice(0, 2))?.takesValue ? (known.get(name.slice(0, 2)) ?? null) : null;
  const meant = new Set(
    [...known].filter(([other]) => other.startsWith(plain(name))).map(([, fact]) => fact),
  );
  const [only] = meant;
  return meant.size === 1 && only !== undefined ? only : null;
}

function unknown(
  name: string,
  known: ReadonlyMap<string, FlagFact>,
  { renamed }: Pick<HelpFact, 'renamed'>,
  nearest: Nearest,
): LintProblem {
  const now = renamed[plain(name)];
  const near = nearest(name, [...known.keys()]);
  const instead =
    now !== undefined && known.has(now)
      ? `: earlier versions had it, this one has ${now}`
      : near === undefined
        ? ''
        : `; did you mean ${near}?`;
  return { flag: name, level: 'error', text: `${name} is no flag that its --help lists${instead}` };
}

function gone(name: string, { removed, deprecated }: FlagFact): LintProblem[] {
  if (removed !== undefined)
    return [{ flag: name, level: 'error', text: `${name}: its --help says: ${removed}` }];
  if (deprecated === undefined) return [];
  return [{ flag: name, level: 'warning', text: `${name}: its --help says: ${deprecated}` }];
}

function misspelt(word: string, fact: FlagFact, { joins }: Pick<HelpFact, 'joins'>): LintProblem[] {
  if (joins || !word.includes('=')) return [];
  const [name = ''] = word.split('=', 1);
  const value = word.slice(name.length + 1);
  return [
    {
      flag: name,
      level: 'error',
      text: `${word} is one word, and it takes ${fact.takesValue ? 'the value as a word of its own' : 'no value'}: write \`${fact.takesValue ? `${name}, ${value}` : name}\` in \`args\``,
    },
  ];
}

function unlisted(
  name: string,
  { choices, isClosed }: FlagFact,
  value: string | null,
  { alsoReads }: Pick<HelpFact, 'alsoReads'>,
): LintProblem[] {
  if (choices === null) return [];
  const isSure = alsoReads !== null && isClosed;
  if (value === null) {
    const text = `${name} takes one of ${choices.join(', ')}, and none is given`;
    return isSure ? [{ flag: name, level: 'error', text }] : [];
  }
  if (choices.includes(value)) return [];
  if (choices.some((choice) => alsoReads?.[choice]?.includes(value))) return [];
  const shown = choices.length > 12 ? `${choices.slice(0, 12).join(', ')} ...` : choices.join(', ');
  const level = isSure ? 'error' : 'warning';
  return [{ flag: name, level, text: `${name} ${value}: its --help lists ${shown}` }];
}

/** Nothing where the help leaves open whether values add up. */
function givenAgain(
  given: ReadonlyMap<FlagFact, readonly string[]>,
  { addsUp }: Pick<HelpFact, 'addsUp'>,
): LintProblem[] {
  if (addsUp === null) return [];
  return [...given].flatMap(([{ flag, takesValue, takesMany, removed }, names]) => {
    const last = names.at(-1);
    if (last === undefined || names.length < 2 || !takesValue || takesMany || removed !== undefined)
      return [];
    if (addsUp.test(flag)) return [];
    const distinct = [...new Set(names)];
    const text =
      distinct.length === 1
        ? `${last} is given ${names.length} times: the last one counts; leave the others out.`
        : `${distinct.join(' and ')} are one flag: the last one given, ${last}, counts; leave the others out.`;
    return [{ flag: last, level: 'warning' as const, text }];
  });
}
