import type { Json } from '../canonical.ts';
import { sha256Hex } from '../canonical.ts';

/** Inside longer texts only secrets of at least this length are replaced: shorter ones would hit ordinary words. */
const shortestInside = 4;

/**
 * Takes secrets out of a JSON value by their value, wherever they stand: a string or number that is a secret
 * becomes `{redacted: true, sha256}`; inside longer strings and in keys it becomes `[redacted HASH]`, HASH being
 * the first 12 hex of its sha256. Forms found inside other texts are covered too: JSON-escaped, URL-encoded, base64.
 */
export function redact(value: Json, secrets: readonly string[]): Json {
  const known = secrets.filter((secret) => secret !== '');
  return known.length === 0 ? value : visit(value, known);
}

/** {@link redact} for a text such as a log line or an error message. */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const { form, mark } of formsOf(secrets)) clean = clean.replaceAll(form, mark);
  return clean;
}

function visit(value: Json, secrets: readonly string[]): Json {
  if (typeof value === 'string' || typeof value === 'number') {
    if (secrets.includes(String(value))) return { redacted: true, sha256: sha256Hex(String(value)) };
    return typeof value === 'string' ? redactText(value, secrets) : value;
  }
  if (Array.isArray(value)) return value.map((item: Json) => visit(item, secrets));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as { readonly [key: string]: Json | undefined });
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, Json] => entry[1] !== undefined)
      .map(([key, member]) => [redactText(key, secrets), visit(member, secrets)]),
  );
}

/** Every way a secret may be spelt, longest first, so that no part of a longer one is left standing. */
function formsOf(secrets: readonly string[]): { form: string; mark: string }[] {
  return secrets
    .filter((secret) => secret.length >= shortestInside)
    .flatMap((secret) => {
      const mark = `[redacted ${sha256Hex(secret).slice(0, 12)}]`;
      const escaped = JSON.stringify(secret).slice(1, -1);
      const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
      const forms = new Set([secret, escaped, encodeURIComponent(secret), base64]);
      return [...forms].map((form) => ({ form, mark }));
    })
    .sort((a, b) => b.form.length - a.form.length);
}
