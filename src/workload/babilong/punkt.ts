/** Start and end of a sentence in a text, in UTF-16 units. */
export type Span = readonly [start: number, end: number];

// The classes of Python's `re`, which differ from JavaScript's in a few characters.
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const letter = '[\\p{L}\\p{Nl}\\p{No}_]';

const notInWord = '[)";}\\]*:@\'(\\{\\[?!]';
const repeated = `(?:-{2,}|\\.{2,}|(?:\\.[${space}]){2,}\\.)`;
const wordEnd = `[${space}]|$|${notInWord}|${repeated}`;
const token = new RegExp(
  `${repeated}|(?![("\`{\\[:;&#*@)}\\]\\-,])[^${space}]+?(?=${wordEnd}|,(?=${wordEnd}))|[^${space}]`,
  'gu',
);
const candidate = new RegExp(`[.?!](?=${notInWord}|[${space}]+([^${space}]+))`, 'dgu');
const closing = new RegExp(`["')\\]}]+?(?:[${space}]+|(?=--)|$)`, 'myu');
const trailingSpace = new RegExp(`[${space}]+$`, 'u');

const ellipsis = /^\.{2,}$/;
const initial = new RegExp(`^${letter}\\.$`, 'u');
const numeric = /^-?[.,]?\p{Nd}[\p{Nd},.-]*\.?$/u;

/**
 * The sentences of a text as an untrained Punkt tokenizer finds them (Kiss and Strunk 2006, "Unsupervised
 * Multilingual Sentence Boundary Detection"; the rules and their oddities are those of nltk 3.8.1's
 * `PunktSentenceTokenizer().span_tokenize`, which made the official data). Untrained means: no abbreviation is
 * known, so `Mr. Smith` is cut after `Mr.`; only initials and numbers hold a sentence together.
 */
export function sentenceSpans(text: string): Span[] {
  return realigned(text, brokenAt(text));
}

/** Cuts a text behind every full stop, question and exclamation mark that ends a sentence. */
function brokenAt(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const { context, end, next } of candidates(text)) {
    if (!holdsBreak(context)) continue;
    spans.push([start, end]);
    start = next;
  }
  spans.push([start, text.replace(trailingSpace, '').length]);
  return spans;
}

/** A mark that may end a sentence: the words around it, where it ends, and where the next sentence would start. */
interface Candidate {
  readonly context: string;
  readonly end: number;
  readonly next: number;
}

/** Of marks in one unbroken word only the last counts. */
function* candidates(text: string): Generator<Candidate, void, void> {
  let held: Candidate | null = null;
  let word: Span = [0, 0];
  for (const match of text.matchAll(candidate)) {
    const lastSpace = lastSpaceOf(text, word[1], match.index);
    const start = lastSpace > word[1] ? lastSpace + 1 : word[0];
    if (held !== null && start >= word[1]) yield held;
    const following = match.indices?.[1];
    const end = match.index + 1;
    held = {
      context: text.slice(start, following?.[1] ?? end + 1),
      end,
      next: following?.[0] ?? end,
    };
    word = [start, match.index];
  }
  if (held !== null) yield held;
}

/** Where the last ASCII white space before `to` stands, `from` at the earliest; `from` if there is none. */
function lastSpaceOf(text: string, from: number, to: number): number {
  for (let at = to - 1; at > from; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 32 || (code >= 9 && code <= 13)) return at;
  }
  return from;
}

/** Whether a sentence ends within a text, not with its last word. */
function holdsBreak(text: string): boolean {
  const words = text.split('\n').flatMap((line) => line.match(token) ?? []);
  return words.some((word, index) => index < words.length - 1 && endsSentence(word, words[index + 1] ?? ''));
}

/** Whether a sentence ends with a word, given the next one. */
function endsSentence(word: string, next: string): boolean {
  if (word === '.' || word === '?' || word === '!') return true;
  if (!word.endsWith('.') || word.endsWith('..') || ellipsis.test(word)) return false;
  const isInitial = initial.test(word);
  if (!isInitial && !numeric.test(word)) return true;
  if (/^[;:,.!?]$/.test(next) || /^\p{Lowercase}/u.test(next)) return false;
  return !(isInitial && /^\p{Uppercase}/u.test(next));
}

/** Gives closing quotes and brackets that follow a sentence back to it. */
function realigned(text: string, spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  let moved = 0;
  for (const [index, [from, end]] of spans.entries()) {
    const start = from + moved;
    const following = spans[index + 1];
    const close = following === undefined ? null : closingAt(text, following);
    if (following !== undefined && close !== null) {
      whole.push([start, following[0] + close.replace(trailingSpace, '').length]);
    } else if (start < end) {
      whole.push([start, end]);
    }
    moved = close?.length ?? 0;
  }
  return whole;
}

/** The closing marks, with the white space behind them, that a sentence starts with; null: none. */
function closingAt(text: string, [start, end]: Span): string | null {
  closing.lastIndex = 0;
  return closing.exec(text.slice(start, end))?.[0] ?? null;
}
