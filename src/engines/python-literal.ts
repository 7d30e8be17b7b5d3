import type { Json } from '../canonical.ts';

/**
 * What Python's `repr` wrote -> JSON: dicts, lists, tuples, sets, texts, numbers, True, False, None. Anything else (an object, an
 * enum) is kept as the text it was written as. Null when the text is not one whole value.
 */
export function parsePythonLiteral(text: string): Json {
  const reader = { text, at: 0 };
  const value = readValue(reader);
  skipSpace(reader);
  return reader.at === text.length ? value : null;
}

interface Reader {
  readonly text: string;
  at: number;
}

const closers: { readonly [opener: string]: string } = { '(': ')', '[': ']', '{': '}', '<': '>' };

function readValue(reader: Reader): Json {
  skipSpace(reader);
  const next = reader.text[reader.at];
  if (next === '{') return readBraces(reader);
  if (next === '[' || next === '(') return readList(reader, closers[next] ?? '');
  if (next === "'" || next === '"') return readText(reader);
  return plainValue(readRaw(reader));
}

function readBraces(reader: Reader): Json {
  const entries: [string, Json][] = [];
  const items: Json[] = [];
  reader.at += 1;
  while (!closed(reader, '}')) {
    const key = readValue(reader);
    skipSpace(reader);
    if (reader.text[reader.at] === ':') {
      reader.at += 1;
      entries.push([typeof key === 'string' ? key : JSON.stringify(key), readValue(reader)]);
    } else items.push(key);
    skipComma(reader);
  }
  return items.length > 0 ? items : Object.fromEntries(entries);
}

function readList(reader: Reader, closer: string): Json {
  const items: Json[] = [];
  reader.at += 1;
  while (!closed(reader, closer)) {
    items.push(readValue(reader));
    skipComma(reader);
  }
  return items;
}

function readText(reader: Reader): string {
  const quote = reader.text[reader.at] ?? '';
  let value = '';
  for (reader.at += 1; reader.at < reader.text.length; reader.at += 1) {
    const char = reader.text[reader.at] ?? '';
    if (char === quote) {
      reader.at += 1;
      return value;
    }
    if (char === '\\') {
      reader.at += 1;
      const escaped = reader.text[reader.at] ?? '';
      value += { n: '\n', t: '\t', r: '\r' }[escaped] ?? escaped;
    } else value += char;
  }
  return value;
}

/** The rest of a value that is no literal, up to the comma, colon or bracket that ends it outside its own brackets. */
function readRaw(reader: Reader): string {
  const start = reader.at;
  const open: string[] = [];
  for (; reader.at < reader.text.length; reader.at += 1) {
    const char = reader.text[reader.at] ?? '';
    if (open.length === 0 && /[,:)\]}]/.test(char)) break;
    if (char === "'" || char === '"') {
      readText(reader);
      reader.at -= 1;
    } else if (closers[char] !== undefined) open.push(closers[char] ?? '');
    else if (char === open.at(-1)) open.pop();
  }
  // A value of no length would never end.
  if (reader.at === start) reader.at += 1;
  return reader.text.slice(start, reader.at).trim();
}

function plainValue(raw: string): Json {
  if (raw === 'None') return null;
  if (raw === 'True') return true;
  if (raw === 'False') return false;
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(raw) ? Number(raw) : raw;
}

function closed(reader: Reader, closer: string): boolean {
  skipSpace(reader);
  if (reader.at >= reader.text.length) return true;
  if (reader.text[reader.at] !== closer) return false;
  reader.at += 1;
  return true;
}

function skipComma(reader: Reader): void {
  skipSpace(reader);
  if (reader.text[reader.at] === ',') reader.at += 1;
}

function skipSpace(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? '')) reader.at += 1;
}
