import { type Piece, parseFlags } from './flags.ts';
import { type Place, type Problem, quote } from './problem.ts';
import { isHandedOver } from './scalar.ts';
import type { Entry, Node } from './tree.ts';

/** A changed list of arguments, or why it cannot be changed so. */
export type Edit = { readonly items: readonly Node[] } | { readonly problem: Problem };

/**
 * Arguments with one flag replaced, in the place and the form (`--a b` or `--a=b`) of its first occurrence; its
 * other occurrences go; a new flag comes last. The value `true` is the flag alone, a list repeats it.
 */
export function setFlag(items: readonly Node[], flag: string, entry: Entry): Edit {
  const found = occurrences(items, flag);
  const vague = ambiguous(items, found, flag, entry.key);
  if (vague !== undefined) return { problem: vague };
  const [first] = found;
  const written = spell(flag, entry, first?.joined ?? false);
  if (first === undefined) return { items: [...items, ...written] };
  const kept = without(items, found);
  return { items: [...kept.slice(0, first.start), ...written, ...kept.slice(first.start)] };
}

/** Arguments without a flag and its values; the flag must be there. */
export function unsetFlag(items: readonly Node[], flag: string, at: Place): Edit {
  const found = occurrences(items, flag);
  const vague = ambiguous(items, found, flag, at);
  return vague === undefined ? { items: without(items, found) } : { problem: vague };
}

/** The flags of an argument list, each once. */
export function flagNames(items: readonly Node[]): string[] {
  return [...new Set(parseFlags(items.map(wordOf)).flatMap((piece) => piece.flag ?? []))];
}

function occurrences(items: readonly Node[], flag: string): Piece[] {
  return parseFlags(items.map(wordOf)).filter((piece) => piece.flag === flag);
}

function wordOf(node: Node): string {
  return node.kind === 'scalar' ? node.text : '';
}

function without(items: readonly Node[], pieces: readonly Piece[]): Node[] {
  return items.filter((_, index) => !pieces.some((piece) => piece.start <= index && index < piece.end));
}

function spell(flag: string, { key, value }: Entry, joined: boolean): Node[] {
  const name = (text: string): Node => ({ kind: 'scalar', text, plain: false, raw: text, at: key });
  if (value.kind === 'scalar' && value.plain && /^true$/i.test(value.text)) return [name(flag)];
  const values = value.kind === 'list' ? value.items : [value];
  return values.flatMap((item) => {
    if (joined && item.kind === 'scalar' && (!item.plain || isHandedOver(item.text))) {
      return [{ ...item, plain: false, text: `${flag}=${item.text}` }];
    }
    return [name(flag), item];
  });
}

/** `--names a b`: nobody but the engine knows whether `b` belongs to the flag; guessing could lose a word. */
function ambiguous(
  items: readonly Node[],
  found: readonly Piece[],
  flag: string,
  at: Place,
): Problem | undefined {
  const words = items.map(wordOf);
  const pieces = parseFlags(words);
  for (const piece of found) {
    const next = pieces.find((other) => other.start === piece.end);
    if (
      piece.joined ||
      piece.value === null ||
      next === undefined ||
      next.flag !== null ||
      next.value === '--'
    )
      continue;
    const what = `${quote(flag)} is followed by ${quote(`${piece.value} ${next.value}`)}, which may or may not be its values`;
    return { at, what, expected: 'the whole `args` here, or the parent to write --flag=value' };
  }
  return undefined;
}
