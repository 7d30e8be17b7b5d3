const tasks = ['describe how', 'explain why', 'tell me if', 'write down how', 'say when', 'report how'];
const qualities = 'amber old hollow damp dim calm narrow wry lone painted odd gentle rusty blue'.split(' ');
const things =
  'ferry mill orchard violin canal kiln quarry market clock garden barge tower glacier lamp'.split(' ');
const deeds = 'takes lends repairs counts sends moves hides sorts weighs paints sells mends'.split(' ');
const goods = 'jars, ropes, bolts, kegs, maps, coins, seeds, tiles, bells, hooks'.split(', ');
const ends = [
  'by noon',
  'in a week',
  'at low tide',
  'after rain',
  'for no fee',
  'as agreed',
  'but not twice',
];

/**
 * English-looking text of exactly `length` ASCII characters (a trailing space becomes a full stop), a request
 * first so that a chat model answers at length. Short words and a few numbers give it about 4 characters a token,
 * near the 4.3 of ordinary English prompts. The number at its head makes texts differ from the start.
 * @param random numbers in [0, 1)
 */
export function inventText(length: number, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (words: readonly string[]): string => words[below(words.length)] ?? '';
  const clause = (): string =>
    `the ${pick(qualities)} ${pick(things)} ${pick(deeds)} ${2 + below(8)} ${pick(goods)} to the ${pick(things)} ${pick(ends)}`;
  const sentences = [`Case ${10_000 + below(90_000)}: ${pick(tasks)} ${clause()}.`];
  let written = sentences.join('').length;
  while (written < length) {
    const sentence = ` ${clause().replace('the', 'The')}.`;
    sentences.push(sentence);
    written += sentence.length;
  }
  return sentences.join('').slice(0, length).replace(/ $/, '.');
}
