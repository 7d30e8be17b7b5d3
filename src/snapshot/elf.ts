import { closeSync, openSync, readSync } from 'node:fs';

/** What a shared object says of itself. */
export interface ElfFacts {
  /** The name it is linked by, such as `libcudnn.so.9`. */
  readonly soname: string | null;
  /** What its linker called this very build, hex. */
  readonly buildId: string | null;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

const none: ElfFacts = { soname: null, buildId: null };
const [ptLoad, ptDynamic, ptNote] = [1, 2, 4];
const [dtNull, dtStrtab, dtSoname] = [0, 5, 14];
const ntGnuBuildId = 3;
const longestName = 512;
/** No sane file has more; a damaged one may claim it. */
const largestTable = 1 << 20;

/**
 * Reads SONAME and build id of a 64-bit little-endian ELF file (gABI, program headers only: a stripped file has no
 * sections). Both null for any other file, a damaged one, or one that cannot be read.
 */
export function readElf(path: string): ElfFacts {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return none;
  }
  try {
    const header = bytesAt(file, 0, 64);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return none;
    const segments = segmentsOf(file, header);
    return { soname: sonameOf(file, segments), buildId: buildIdOf(file, segments) };
  } catch {
    return none;
  } finally {
    closeSync(file);
  }
}

function segmentsOf(file: number, header: Buffer): Segment[] {
  const [start, size, count] = [
    Number(header.readBigUInt64LE(32)),
    header.readUInt16LE(54),
    header.readUInt16LE(56),
  ];
  const table = bytesAt(file, start, size * count);
  return Array.from({ length: count }, (_, at) => {
    const entry = table.subarray(at * size);
    return {
      type: entry.readUInt32LE(0),
      offset: Number(entry.readBigUInt64LE(8)),
      address: Number(entry.readBigUInt64LE(16)),
      bytes: Number(entry.readBigUInt64LE(32)),
    };
  });
}

function sonameOf(file: number, segments: readonly Segment[]): string | null {
  const dynamic = segments.find(({ type }) => type === ptDynamic);
  if (dynamic === undefined) return null;
  const table = bytesAt(file, dynamic.offset, Math.min(dynamic.bytes, largestTable));
  const values = new Map<number, number>();
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = Number(table.readBigInt64LE(at));
    if (tag === dtNull) break;
    values.set(tag, Number(table.readBigUInt64LE(at + 8)));
  }
  const [strings, name] = [values.get(dtStrtab), values.get(dtSoname)];
  if (strings === undefined || name === undefined) return null;
  const home = segments.find(
    ({ type, address, bytes }) => type === ptLoad && address <= strings && strings < address + bytes,
  );
  if (home === undefined) return null;
  const text = bytesAt(file, strings - home.address + home.offset + name, longestName, true);
  const end = text.indexOf(0);
  return end < 1 ? null : text.toString('utf8', 0, end);
}

function buildIdOf(file: number, segments: readonly Segment[]): string | null {
  for (const { offset, bytes } of segments.filter(({ type }) => type === ptNote)) {
    const notes = bytesAt(file, offset, Math.min(bytes, largestTable));
    for (let at = 0; at + 12 <= notes.length; ) {
      const [nameBytes, valueBytes, type] = [
        notes.readUInt32LE(at),
        notes.readUInt32LE(at + 4),
        notes.readUInt32LE(at + 8),
      ];
      const value = at + 12 + aligned(nameBytes);
      if (type === ntGnuBuildId && notes.toString('latin1', at + 12, at + 15) === 'GNU')
        return notes.toString('hex', value, value + valueBytes);
      at = value + aligned(valueBytes);
    }
  }
  return null;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** @throws Error when the file ends before; `upTo`: then what there is. */
function bytesAt(file: number, position: number, count: number, upTo = false): Buffer {
  const bytes = Buffer.alloc(Math.min(count, largestTable));
  const read = readSync(file, bytes, 0, bytes.length, position);
  if (!upTo && read < bytes.length) throw new Error('cut short');
  return bytes.subarray(0, read);
}
