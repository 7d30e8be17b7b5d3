type Expecting = 'value' | 'first-item' | 'first-key' | 'key' | 'colon' | 'comma' | 'end';

const space = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON forbids inside a string.
const stringBody = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Who reads a text, and how its mistakes are told. */
export interface JsonDialect {
  /** Sticky: what may stand where a value does, beside texts, lists and objects. */
  readonly scalar: RegExp;
  /** Whether a broken string is told by its own place, not by that of the character that breaks it. */
  readonly tellsWholeString: boolean;
  /** A text nested deeper is taken for JSON. */
  readonly deepest: number;
}

const rfc8259: JsonDialect = { scalar, tellsWholeString: false, deepest: Number.POSITIVE_INFINITY };

/** What Python's json module reads: NaN and the infinities besides. */
export const pythonJson: JsonDialect = {
  scalar: new RegExp(`${scalar.source}|NaN|-?Infinity`, 'y'),
  tellsWholeString: true,
  deepest: 200,
};

/**
 * Offset of the first character that keeps a text from being JSON (RFC 8259 by default), the text's length when it only
 * ends too early, null when it is JSON. JSON.parse gives no offset for some mistakes, so this finds it.
 */
export function firstJsonError(text: string, dialect: JsonDialect = rfc8259): number | null {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  let at = 0;
  for (;;) {
    at += lengthAt(space, text, at);
    if (at === text.length) return expecting === 'end' ? null : at;
    const token = tokenLength(text, at, { expecting, inside: open.at(-1), scalar: dialect.scalar });
    if (!token.whole) return dialect.tellsWholeString ? at : at + token.length;
    expecting = next(text[at] ?? '', expecting, open);
    if (open.length > dialect.deepest) return null;
    at += token.length;
  }
}

/** How many characters of the expected token are there, and whether it is whole. */
function tokenLength(
  text: string,
  at: number,
  {
    expecting,
    inside,
    scalar,
  }: { readonly expecting: Expecting; readonly inside: '{' | '[' | undefined; readonly scalar: RegExp },
): { length: number; whole: boolean } {
  const char = text[at] ?? '';
  const wantsValue = expecting === 'value' || expecting === 'first-item';
  if (char === '"' && (wantsValue || expecting === 'key' || expecting === 'first-key')) {
    const length = lengthAt(stringBody, text, at);
    const whole = text[at + length] === '"';
    return { length: length + (whole ? 1 : 0), whole };
  }
  if (marks(expecting, inside).includes(char)) return { length: 1, whole: true };
  const length = wantsValue ? lengthAt(scalar, text, at) : 0;
  return { length, whole: length > 0 };
}

/** The punctuation that may stand here. */
function marks(expecting: Expecting, inside: '{' | '[' | undefined): string {
  if (expecting === 'comma') return inside === '{' ? ',}' : ',]';
  return { value: '{[', 'first-item': '{[]', 'first-key': '}', key: '', colon: ':', end: '' }[expecting];
}

/** What may follow a token that starts with `char`; keeps the stack of open brackets. */
function next(char: string, expecting: Expecting, open: ('{' | '[')[]): Expecting {
  if (char === '{' || char === '[') {
    open.push(char);
    return char === '{' ? 'first-key' : 'first-item';
  }
  if (char === ':') return 'value';
  if (char === ',') return open.at(-1) === '{' ? 'key' : 'value';
  if (char === '"' && (expecting === 'key' || expecting === 'first-key')) return 'colon';
  if (char === '}' || char === ']') open.pop();
  return open.length === 0 ? 'end' : 'comma';
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
