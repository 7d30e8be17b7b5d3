/**
 * Puts lines together that were cut anywhere: what the head, chunk sizes and trailers are read with. `take`
 * throws once more than `maxBytes` came since the last reset.
 */
export class LineReader {
  private pending = '';
  private usedBytes = 0;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The line that ends in these bytes from `at` on, without its line end, or null; and where to go on. */
  take(bytes: Buffer, at: number): { line: string | null; next: number } {
    const lf = bytes.indexOf(10, at);
    const end = lf === -1 ? bytes.length : lf;
    this.usedBytes += end - at + 1;
    if (this.usedBytes > this.maxBytes)
      throw new Error(`the response has over ${this.maxBytes} bytes of headers`);
    this.pending += bytes.toString('latin1', at, end);
    if (lf === -1) return { line: null, next: end };
    const line = this.pending.endsWith('\r') ? this.pending.slice(0, -1) : this.pending;
    this.pending = '';
    return { line, next: lf + 1 };
  }

  /** Starts counting the limit afresh. */
  reset(): void {
    this.usedBytes = 0;
  }
}

/** Header or trailer lines -> map; a folded line (leading white space) continues the one before. */
export function parseFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  let last: string | null = null;
  for (const line of lines) {
    if (/^[ \t]/.test(line) && last !== null) {
      fields.set(last, `${fields.get(last)} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`a header line has no name: ${JSON.stringify(line)}`);
    last = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    fields.set(last, fields.has(last) ? `${fields.get(last)}, ${value}` : value);
  }
  return fields;
}
