import type { Json } from '../canonical.ts';
import { sha256Hex } from '../canonical.ts';
import { spellingsOf } from './secret-spelling.ts';

/** Inside longer texts only secrets of at least this length are replaced: shorter ones would hit ordinary words. */
const shortestInside = 4;

/** Fewer characters of a secret's beginning are taken for chance. */
const shortestBeginning = 8;

/** Of a secret of several lines, such as a private key, each line that is longer than a word. */
const shortestLine = 8;

/**
 * Takes secrets out of a JSON value by their value, wherever they stand: a string or number that is a secret
 * becomes `{redacted: true, sha256}`; inside longer strings and in keys it becomes `[redacted HASH]`, HASH being
 * the first 12 hex of its sha256. Other spellings are covered too (`spellingsOf`).
 */
export function redact(value: Json, secrets: readonly string[]): Json {
  const known = secrets.filter((secret) => secret !== '');
  return known.length === 0 ? value : visit(value, known, redactor(known));
}

/** {@link redact} for texts such as log lines and error messages; made once, since making it costs more than its use. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const parts = secrets
    .flatMap((secret) => {
      const mark = `[redacted ${sha256Hex(secret).slice(0, 12)}]`;
      return partsOf(secret).map((part) => ({ part, mark }));
    })
    // Longest first, so that no part of a longer one is left standing.
    .sort((a, b) => b.part.length - a.part.length);
  const known = parts.flatMap(({ part, mark }) =>
    spellingsOf(part).map((spelling) => ({ ...spelling, mark })),
  );
  return (text) => {
    const clean = known.reduce(
      (left, { anchor, pattern, mark }) => (left.includes(anchor) ? left.replace(pattern, mark) : left),
      text,
    );
    return parts.reduce((left, { part, mark }) => withoutBeginning(left, part, mark), clean);
  };
}

/** An answer that was cut short may end in the middle of a secret. */
function withoutBeginning(text: string, secret: string, mark: string): string {
  const shortest = secret.slice(0, shortestBeginning);
  if (secret.length <= shortestBeginning) return text;
  const from = Math.max(0, text.length - secret.length + 1);
  for (let at = text.indexOf(shortest, from); at !== -1; at = text.indexOf(shortest, at + 1)) {
    if (secret.startsWith(text.slice(at))) return text.slice(0, at) + mark;
  }
  return text;
}

function visit(value: Json, secrets: readonly string[], clean: (text: string) => string): Json {
  if (typeof value === 'string' || typeof value === 'number') {
    if (secrets.includes(String(value))) return { redacted: true, sha256: sha256Hex(String(value)) };
    return typeof value === 'string' ? clean(value) : value;
  }
  if (Array.isArray(value)) return value.map((item: Json) => visit(item, secrets, clean));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json | undefined });
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, Json] => entry[1] !== undefined)
      .map(([key, member]) => [clean(key), visit(member, secrets, clean)]),
  );
}

/** What to look for: the secret without the line end that files give it, and its lines, which a log has one by one. */
function partsOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const whole = secret.trim();
  const parts = [whole, ...(lines.length > 1 ? lines.filter((line) => line.length >= shortestLine) : [])];
  return [...new Set(parts)].filter((part) => part.length >= shortestInside);
}
