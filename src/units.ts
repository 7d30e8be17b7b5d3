/** What an empty cell shows: nothing was measured, which is never 0. */
export const nothing = '-';

/**
 * A number with so many significant digits (3 unless told), never in exponent form; digits before the point
 * are never rounded away. 0.00812 -> `0.00812`, 91.26 -> `91.3`, 12345.6 -> `12346`.
 */
export function significant(value: number, digits = 3): string {
  return value.toFixed(decimalsFor(value, digits));
}

/** How many decimals show so many significant digits of a value, so that a whole line can share them. */
export function decimalsFor(value: number, digits = 3): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  // Rounded first: 9.996 with three digits is 10.0, not 10.00.
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  return Math.min(20, Math.max(0, digits - 1 - magnitude));
}

/** Milliseconds as `812 µs`, `14.1 ms`, `8.12 s` or `2m 05s`; `-` for null. */
export function formatMs(ms: number | null): string {
  if (ms === null) return nothing;
  const magnitude = Math.abs(ms);
  if (magnitude >= 59_950) return formatDuration(ms);
  if (magnitude >= 999.5) return `${significant(ms / 1000)} s`;
  return magnitude >= 0.9995 || ms === 0 ? `${significant(ms)} ms` : `${significant(ms * 1000)} µs`;
}

/** Tokens per second as `91.3 tok/s`; `-` for null. */
export function formatTokS(tokS: number | null): string {
  return tokS === null ? nothing : `${significant(tokS)} tok/s`;
}

/** Bytes in powers of 1024, as `512 B`, `98.1 MiB`; `-` for null. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return nothing;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 'B';
  // 1023.5 and more would print as 1024.
  while (Math.abs(value) >= 1023.5 && units.length > 0) {
    value /= 1024;
    unit = units.shift() as string;
  }
  return unit === 'B' ? `${value} B` : `${significant(value)} ${unit}`;
}

/** A wall time for people: `3.2 s`, `2m 05s`, `1h 02m`; `-` for null. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return nothing;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
}

/** A share as a percentage with two significant digits: 0.0312 -> `3.1 %`. */
export function formatPercent(share: number | null): string {
  return share === null ? nothing : `${significant(share * 100, 2)} %`;
}

/** `1 query`, `12 queries`: the plural is the singular with `s` unless given. */
export function plural(count: number, singular: string, several = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : several}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
