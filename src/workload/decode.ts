import { CellError, quoted } from './cell-error.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes of a cell as text, strictly: no byte is ever replaced.
 * @throws CellError on invalid UTF-8, with the first bad byte and the text before it.
 */
export function decodeCell(bytes: Uint8Array, column: string): string {
  try {
    return strict.decode(bytes);
  } catch {
    const at = firstBadByte(bytes);
    const before = new TextDecoder().decode(bytes.subarray(Math.max(0, at - 20), at));
    const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0').toUpperCase();
    throw new CellError(
      column,
      `byte ${at + 1} is 0x${byte} (after ${quoted(before)}), which is not UTF-8; expected UTF-8 text; save the file as UTF-8`,
    );
  }
}

/** Offset at which the bytes leave their own lossy decoding, taken back to the start of the U+FFFD that stands there. */
function firstBadByte(bytes: Uint8Array): number {
  const lossy = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  let at = bytes.findIndex((byte, index) => byte !== lossy[index]);
  while (((lossy[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
