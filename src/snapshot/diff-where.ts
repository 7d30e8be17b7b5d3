import type { Difference } from './diff.ts';

/** A difference at one GPU or process, before what is alike is said once. */
export interface PlacedDifference {
  readonly difference: Difference;
  readonly order: number;
  /** Which of several it is about; null when it is about none. */
  readonly part: string | null;
  readonly each: 'GPU' | 'process' | null;
  /** The wheel that brought a library; empty for anything else. */
  readonly bundle: string;
}

/** Names of the GPUs and processes that both documents have. */
export interface Parts {
  readonly GPU: readonly string[];
  readonly process: readonly string[];
  /** Part a process plays -> what people call it. */
  readonly names: { readonly [role: string]: string };
}

/** Says once what differs alike on several GPUs or in several processes, and in several libraries of one wheel. */
export function collapse(placed: readonly PlacedDifference[], parts: Parts): PlacedDifference[] {
  return bundled(
    alike(placed, ({ difference }) => `${difference.group}|${difference.text}`).map((group) => {
      const [first] = group as [PlacedDifference];
      const where = whereText(first.each, new Set(group.flatMap(({ part }) => part ?? [])), parts);
      if (where === '') return first;
      return {
        ...first,
        difference: { ...first.difference, where, text: `${first.difference.text} ${where}` },
      };
    }),
  );
}

function bundled(placed: readonly PlacedDifference[]): PlacedDifference[] {
  const key = ({ bundle, difference }: PlacedDifference): string =>
    bundle === '' ? difference.text : `${bundle}|${difference.text.slice(difference.subject.length)}`;
  return alike(placed, key).map((group) => {
    const [first] = [...group].sort((a, b) => a.difference.subject.length - b.difference.subject.length) as [
      PlacedDifference,
    ];
    if (group.length === 1) return first;
    const { difference, bundle } = first;
    const subject = `${difference.subject} and ${group.length - 1} more of ${bundle}`;
    const text = `${subject}${difference.text.slice(difference.subject.length)}`;
    return { ...first, difference: { ...difference, subject, text } };
  });
}

function alike(
  placed: readonly PlacedDifference[],
  keyOf: (one: PlacedDifference) => string,
): PlacedDifference[][] {
  const groups = new Map<string, PlacedDifference[]>();
  for (const one of placed) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

function whereText(each: PlacedDifference['each'], found: ReadonlySet<string>, parts: Parts): string {
  if (each === null) return '';
  const all = parts[each];
  if (each === 'GPU') {
    if (all.length <= 1 && found.size <= 1) return '';
    return found.size === all.length
      ? `on all ${all.length} GPUs`
      : `on GPU${found.size > 1 ? 's' : ''} ${listed([...found])}`;
  }
  if (found.size >= all.length) return '';
  const names = [...found].map((role) => parts.names[role] ?? role);
  const ranks = names.flatMap((name) => /^rank (\d+)$/.exec(name)?.[1] ?? []);
  const others = names.filter((name) => !/^rank \d+$/.test(name));
  const rankText = ranks.length === 0 ? [] : [`rank${ranks.length > 1 ? 's' : ''} ${listed(ranks)}`];
  return `in ${listed([...others, ...rankText])} only`;
}

function listed(words: readonly string[]): string {
  return words.length <= 1 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
