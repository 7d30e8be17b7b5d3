/** Thrown at nobody outside: where reading stopped. */
class Fault extends Error {
  readonly at: number;
  constructor(at: number) {
    super();
    this.at = at;
  }
}

const blank = /[ \t\n\r]*/y;
// NaN and the infinities are none of JSON's, but Python reads them.
const literal =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/uy;
/** Deeper than any configuration, and far from the end of the stack. */
const deepest = 200;

/**
 * Where a text stops being JSON as Python reads it, counted from 0 (its length when it ends too early); null when it is
 * JSON. A text nested deeper than 200 is taken for JSON.
 */
export function jsonFault(text: string): number | null {
  try {
    const end = skip(text, valueEnd(text, 0, 0));
    return end === text.length ? null : end;
  } catch (error) {
    if (error instanceof Fault) return error.at;
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function skip(text: string, from: number): number {
  blank.lastIndex = from;
  return from + (blank.exec(text)?.[0].length ?? 0);
}

function valueEnd(text: string, from: number, depth: number): number {
  if (depth > deepest) throw new RangeError();
  const at = skip(text, from);
  if (text[at] === '{')
    return listEnd(text, at, { close: '}', item: (start) => pairEnd(text, start, depth) });
  if (text[at] === '[')
    return listEnd(text, at, { close: ']', item: (start) => valueEnd(text, start, depth + 1) });
  return literalEnd(text, at);
}

function listEnd(
  text: string,
  open: number,
  { close, item }: { readonly close: string; item(start: number): number },
): number {
  let at = skip(text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(text, item(at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Fault(at);
    at += 1;
  }
}

function pairEnd(text: string, from: number, depth: number): number {
  const at = skip(text, from);
  if (text[at] !== '"') throw new Fault(at);
  const colon = skip(text, literalEnd(text, at));
  if (text[colon] !== ':') throw new Fault(colon);
  return valueEnd(text, colon + 1, depth + 1);
}

function literalEnd(text: string, at: number): number {
  literal.lastIndex = at;
  const found = literal.exec(text)?.[0];
  if (found === undefined) throw new Fault(at);
  return at + found.length;
}
