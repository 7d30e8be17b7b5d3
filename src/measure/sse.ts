/** One block of an event stream. */
export interface SseFrame {
  /** `data` carries text for the reader; `comment` carries none (`: ping`, a lone `event:` or `retry:`). */
  readonly kind: 'data' | 'comment';
  /** The `data:` lines joined with a newline, decoded as UTF-8; empty for a comment. */
  readonly data: string;
  /** Stamp of the read that brought the frame's last byte, so frames of one read share a stamp. */
  readonly tNs: number;
  /** Bytes of the frame, line ends included; a CR LF counts as one. */
  readonly bytes: number;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const COLON = 58;
const DATA = Buffer.from('data');

/**
 * Splits an event stream into frames, however its bytes are cut: the `text/event-stream` grammar (WHATWG HTML
 * 9.2.5) but for two things that timing needs: comments are reported, and a last frame without its blank line
 * is kept. Works on bytes and decodes whole lines only, so a cut inside a UTF-8 sequence cannot be seen.
 */
export class SseParser {
  private data: string | null = null;
  private hasFields = false;
  private blockBytes = 0;
  private linePieces: Buffer[] = [];
  private swallowLf = false;
  private isFirstLine = true;
  private lastReadNs = 0;

  /** Hands the frames that these bytes complete to `take`, in order. */
  push(tNs: number, bytes: Buffer, take: (frame: SseFrame) => void): void {
    const hasCr = bytes.includes(CR);
    let at = this.swallowLf && bytes[0] === LF ? 1 : 0;
    if (bytes.length > 0) this.swallowLf = false;
    if (at < bytes.length) this.lastReadNs = tNs;
    while (at < bytes.length) {
      const end = lineEnd(bytes, at, hasCr);
      if (end === -1) {
        this.linePieces.push(bytes.subarray(at));
        this.blockBytes += bytes.length - at;
        break;
      }
      this.blockBytes += end - at + 1;
      const frame = this.takeLine(bytes, at, end);
      if (frame !== null) take(frame);
      at = end + 1;
      if (bytes[end] !== CR) continue;
      if (at === bytes.length) this.swallowLf = true;
      else if (bytes[at] === LF) at += 1;
    }
  }

  /** The frame that lacked its closing blank line when the stream ended, stamped with its last byte's read. */
  end(): SseFrame[] {
    if (this.linePieces.length > 0) this.takeLine(Buffer.alloc(0), 0, 0);
    const last = this.closeBlock();
    return last === null ? [] : [last];
  }

  /** Bytes of the frame that is not complete yet: what a limit is held against. */
  pendingBytes(): number {
    return this.blockBytes;
  }

  /** Adds the line that ends at `to`; gives the frame when the line is the blank one that ends it. */
  private takeLine(bytes: Buffer, from: number, to: number): SseFrame | null {
    if (this.linePieces.length > 0) {
      const line = Buffer.concat([...this.linePieces, bytes.subarray(from, to)]);
      this.linePieces = [];
      return this.takeLine(line, 0, line.length);
    }
    const start = this.isFirstLine && startsWithMark(bytes, from, to) ? from + 3 : from;
    this.isFirstLine = false;
    if (start === to) return this.closeBlock();
    this.hasFields = true;
    const data = dataOf(bytes, start, to);
    if (data !== null) this.data = this.data === null ? data : `${this.data}\n${data}`;
    return null;
  }

  private closeBlock(): SseFrame | null {
    const frame: SseFrame = {
      kind: this.data === null ? 'comment' : 'data',
      data: this.data ?? '',
      tNs: this.lastReadNs,
      bytes: this.blockBytes,
    };
    const isEmpty = !this.hasFields;
    this.data = null;
    this.hasFields = false;
    this.blockBytes = 0;
    return isEmpty ? null : frame;
  }
}

function lineEnd(bytes: Buffer, from: number, hasCr: boolean): number {
  const lf = bytes.indexOf(LF, from);
  if (!hasCr) return lf;
  const cr = bytes.indexOf(CR, from);
  if (cr === -1) return lf;
  return lf === -1 ? cr : Math.min(cr, lf);
}

/** Whether a byte order mark stands there. */
function startsWithMark(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
}

/** The value of a `data` line, one leading space dropped; null for any other field and for comments. */
function dataOf(bytes: Buffer, from: number, to: number): string | null {
  for (let i = 0; i < DATA.length; i += 1) if (from + i >= to || bytes[from + i] !== DATA[i]) return null;
  const colon = from + DATA.length;
  if (colon === to) return '';
  if (bytes[colon] !== COLON) return null;
  const start = colon + 1;
  return bytes.toString('utf8', start < to && bytes[start] === SPACE ? start + 1 : start, to);
}
