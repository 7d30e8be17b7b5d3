import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Metadata before the tokenizer's lists is a few kilobytes. */
const mostBytes = 1 << 20;
const mostKeys = 4096;

/**
 * Tokens that a GGUF file states as `<architecture>.context_length`; null when there is no
 * such file, it is of another format (GGUF 1, big-endian), or its first MiB does not say. Never throws.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function ggufContext(path: string): number | null {
  try {
    return contextLength(beginning(path));
  } catch {
    return null;
  }
}

/** Only of a plain file: reading a pipe would wait. */
function beginning(path: string): Buffer {
  if (!statSync(path).isFile()) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, mostBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** Bytes per value of each type; 8 is a text, 9 a list. */
const widths: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];

/** Reads past the end throw, which is an answer too. */
function contextLength(bytes: Buffer): number | null {
  if (bytes.toString('latin1', 0, 4) !== 'GGUF') return null;
  const version = bytes.readUInt32LE(4);
  if (version !== 2 && version !== 3) return null;
  const keys = Math.min(size(bytes, 16), mostKeys);
  let architecture: string | null = null;
  let at = 24;
  for (let key = 0; key < keys; key += 1) {
    const name = text(bytes, at);
    at += 8 + size(bytes, at);
    const type = bytes.readUInt32LE(at);
    at += 4;
    if (name === 'general.architecture' && type === 8) architecture = text(bytes, at);
    if (architecture !== null && name === `${architecture}.context_length`)
      return wholeNumber(bytes, at, type);
    at = valueEnd(bytes, at, type);
  }
  return null;
}

function size(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function text(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 8, at + 8 + size(bytes, at));
}

/** Only the types that the format allows for it: 32 or 64 bits without a sign. */
function wholeNumber(bytes: Buffer, at: number, type: number): number | null {
  const value = type === 4 ? bytes.readUInt32LE(at) : type === 10 ? size(bytes, at) : 0;
  return value > 0 && Number.isSafeInteger(value) ? value : null;
}

function valueEnd(bytes: Buffer, at: number, type: number): number {
  if (type === 8) return at + 8 + size(bytes, at);
  if (type === 9) return listEnd(bytes, at);
  const width = widths[type];
  if (width === undefined) throw new RangeError(`No type ${type}`);
  return at + width;
}

/** Lists of lists are in no model. */
function listEnd(bytes: Buffer, at: number): number {
  const type = bytes.readUInt32LE(at);
  const length = size(bytes, at + 4);
  const width = widths[type];
  if (width !== undefined) return at + 12 + length * width;
  let end = at + 12;
  for (let each = 0; each < length; each += 1) end = valueEnd(bytes, end, type === 8 ? 8 : -1);
  return end;
}
