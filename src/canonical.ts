import { hash } from 'node:crypto';

/** Anything JSON can hold. `undefined` members of objects are left out, as JSON.stringify does. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * One text for one value: keys sorted by UTF-16 code unit, no white space, numbers as JSON.stringify writes
 * them (the number and ordering rules of RFC 8785).
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as Record<string, Json | undefined>;
    let text = '';
    for (const key of Object.keys(object).sort()) {
      const member = object[key];
      if (member === undefined) continue;
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
    }
    return `{${text}}`;
  }
  return JSON.stringify(value);
}

/** Lower-case hex sha256 of a text (as UTF-8) or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Plain data whose type is an interface, which TypeScript does not take for JSON, as JSON. */
export function asJson(value: object | null): Json {
  return value as Json;
}

/** Every leaf of a value by its dotted name, such as `cpuPolicy.governor`, as text; null is `none`. */
export function leafTexts(value: Json, name = ''): [name: string, text: string][] {
  if (value === null || typeof value !== 'object') return [[name, value === null ? 'none' : String(value)]];
  return Object.entries(value).flatMap(([key, member]) =>
    leafTexts(member ?? null, name === '' ? key : `${name}.${key}`),
  );
}
