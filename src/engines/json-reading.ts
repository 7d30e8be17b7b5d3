import type { Json } from '../canonical.ts';

/** The value as an object; an empty one when it is anything else, so that reading a field never throws. */
export function asObject(value: Json | undefined): { readonly [key: string]: Json | undefined } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json | undefined })
    : {};
}

/** The value as a text; null when it is not one or is empty. */
export function asText(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The value as a finite number; null when it is not one. */
export function asNumber(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
