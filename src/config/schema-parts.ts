import { z } from 'zod';

/**
 * A map with exactly these keys. For an unknown key the message is the list of known ones, for anything else
 * what was expected: `validate.ts` makes the sentence.
 */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape, expected: string) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : expected),
  });
}

/** Any text but an empty one. */
export function text(expected: string) {
  return z.string({ error: expected }).regex(/\S/, { error: expected });
}

/** One word of a command line: a text, or a plain number that is handed over as written. */
export function word(expected = 'text') {
  const noNul = (value: string) => !value.includes('\0');
  return z
    .string({ error: expected })
    .refine(noNul, { error: 'text without NUL' })
    .meta({ plainNumbers: true });
}

/** A list of words. */
export function words(expected = 'a list of words') {
  return z.array(word(), { error: expected });
}

/** A file or a folder. */
export function path(expected: string) {
  return word(expected).regex(/\S/, { error: expected });
}

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** Any number within bounds. */
export function number(least: number, most: number) {
  const error = `a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: words.length === 1 ? words[0] : `one of ${words.join(', ')}` });
}

/** true or false. */
export function flag() {
  return z.boolean({ error: 'true or false' });
}

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Node's timers hold 2^31 - 1 ms and fire at once beyond. */
const longestMs = 20 * 24 * 3_600_000;

/** `20m`, `15s`, `500ms`, `1.5h` -> milliseconds. */
export function durationMs() {
  const error = 'a duration from 1ms to 480h such as 20m, 15s or 500ms';
  const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
  const read = (value: string) => {
    const [, amount, unit] = pattern.exec(value) ?? [];
    return Math.round(Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN));
  };
  const within = (value: string) => read(value) >= 1 && read(value) <= longestMs;
  return z.string({ error }).regex(pattern, { error, abort: true }).refine(within, { error }).transform(read);
}

/** `1%`, `0.5%` -> percent, as a number. */
export function percent() {
  return upToHundred(/^(\d+(?:\.\d+)?)%$/, 'a percentage from 0% to 100% such as 5%');
}

/** `5pt` -> percentage points, as a number. */
export function points() {
  return upToHundred(/^(\d+(?:\.\d+)?)pt$/, 'percentage points from 0pt to 100pt such as 5pt');
}

function upToHundred(pattern: RegExp, error: string) {
  const read = (value: string) => Number(pattern.exec(value)?.[1]);
  return z
    .string({ error })
    .regex(pattern, { error, abort: true })
    .refine((value) => read(value) <= 100, { error })
    .transform(read);
}

const unitBytes: { readonly [unit: string]: number } = {
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** `16g`, `512m` -> bytes (powers of 1024, as container tools count them). */
export function sizeBytes() {
  const error = 'a size such as 16g or 512m';
  const pattern = /^([1-9]\d*)([bkmgt])$/i;
  const read = (value: string) => {
    const [, amount, unit] = pattern.exec(value) ?? [];
    return Number(amount) * (unitBytes[(unit ?? '').toLowerCase()] ?? Number.NaN);
  };
  return z.string({ error }).regex(pattern, { error, abort: true }).transform(read);
}

/** `{ secret: $NAME }` -> the template `$NAME`. */
export function secret() {
  const error = 'a variable such as $HF_TOKEN: the value itself does not belong in the file';
  const reference = z.string({ error }).regex(/^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/, { error });
  return map({ secret: reference }, '{ secret: $VARIABLE }');
}
