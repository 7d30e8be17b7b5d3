import { isMap, isScalar, parseDocument } from 'yaml';

/** The `image:` of a file's own text. */
export interface WrittenImage {
  /** The reference as it is written, without quotes. */
  readonly reference: string;
  /** Counted from 1. */
  readonly line: number;
  /** The whole file with another reference in its place; every other character stays. */
  with(reference: string): string;
}

/**
 * Finds `image:` in the text of an experiment file, to be replaced where it stands: quotes, comments, order, line
 * ends and byte-order mark stay as they are.
 * @returns null when the file has no such key of its own; a sentence when it is written in a way that cannot be
 *   replaced (a block, an alias, a list).
 */
export function findImage(text: string): WrittenImage | string | null {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const document = parseDocument(text.slice(mark), {
    version: '1.2',
    prettyErrors: false,
    logLevel: 'error',
  });
  if (!isMap(document.contents)) return null;
  const pair = document.contents.items.find(({ key }) => isScalar(key) && key.value === 'image');
  if (pair === undefined) return null;
  const node = pair.value;
  if (!isScalar(node) || !node.range || typeof node.value !== 'string') {
    return '`image:` is no plain text here; write name and tag on its line';
  }
  const quote = { PLAIN: '', QUOTE_SINGLE: "'", QUOTE_DOUBLE: '"' }[String(node.type)];
  if (quote === undefined) return '`image:` is a block here; write name and tag on its line';
  const [start, end] = [node.range[0] + mark, node.range[1] + mark];
  return {
    reference: node.value.trim(),
    line: text.slice(0, start).split('\n').length,
    with: (reference) => text.slice(0, start) + quote + reference + quote + text.slice(end),
  };
}
