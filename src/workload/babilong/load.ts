import { BenchError, ExitCode } from '../../errors.ts';
import { generateItems, type WantedItems } from './generate.ts';
import { loadGpt2 } from './gpt2.ts';
import { findHubFiles } from './hub-files.ts';
import { readHubRows } from './hub-rows.ts';
import { makeItem, type RecallItem } from './item.ts';
import { loadFolder, loadMobyDick } from './load-haystack.ts';
import type { Haystack } from './noise.ts';
import { generator } from './stories/stories.ts';
import { contextName, type RecallTask, taskLabels } from './task.ts';

/** Where items come from: made, with Moby-Dick or a folder of books as noise, or read from a copy of the hub's data. */
export type RecallSource =
  | { readonly kind: 'moby-dick' }
  | { readonly kind: 'haystack'; readonly dir: string }
  | { readonly kind: 'hub'; readonly dir: string };

/** What items were made of, for the record. */
export interface RecallDescription {
  readonly source: 'generated' | 'hub';
  /** Name and version; null for data that is read. */
  readonly generator: string | null;
  readonly seed: number | null;
  readonly haystack: { readonly name: string; readonly sha256: string } | null;
  /** In which ways the items are not those of the official data, one phrase each. */
  readonly deviations: readonly string[];
}

/** A source that is open: what it read stays in memory, so open it once for all lengths. */
export interface RecallData {
  /**
   * Items one at a time, in the order of their index.
   * @throws BenchError (exit 2) when hub data has fewer items, or cannot be read, or a haystack has no sentence
   */
  items(wanted: WantedItems): AsyncIterable<RecallItem>;
  describe(seed: number): RecallDescription;
}

/**
 * Opens a source of items.
 * @throws BenchError (exit 2) when a haystack cannot be used
 */
export async function openRecallData(source: RecallSource): Promise<RecallData> {
  if (source.kind === 'hub') {
    return { items: (wanted) => hubItems(source.dir, wanted), describe: () => hubDescription };
  }
  const [haystack, gpt2] = await Promise.all([
    source.kind === 'moby-dick' ? loadMobyDick() : loadFolder(source.dir),
    loadGpt2(),
  ]);
  return {
    async *items(wanted) {
      yield* generateItems(wanted, haystack, gpt2);
    },
    describe: (seed) => describeGenerated(haystack, seed, source.kind === 'moby-dick'),
  };
}

const hubDescription: RecallDescription = {
  source: 'hub',
  generator: null,
  seed: null,
  haystack: null,
  deviations: [],
};

function describeGenerated(
  { name, sha256, books }: Haystack,
  seed: number,
  isShipped: boolean,
): RecallDescription {
  const noise = isShipped
    ? [
        'noise from Moby-Dick, not PG19',
        'noise sentences with a label or a name of the stories are left out',
        'a context longer than the book has passages twice',
      ]
    : [`noise from ${books.length} books of a folder`];
  return {
    source: 'generated',
    generator,
    seed,
    haystack: { name, sha256 },
    deviations: ['own stories in the wording of bAbI v1.2, not the released ones', ...noise],
  };
}

/** What the scorer could never find would read as a model that forgets. */
function requireLabel(task: RecallTask, target: string, where: string): void {
  if (taskLabels[task].some((label) => label.toLowerCase() === target.toLowerCase())) return;
  throw new BenchError(`${where} has the target ${JSON.stringify(target)}, which is no answer of ${task}`, {
    exitCode: ExitCode.usage,
    hint: `Its answers are ${taskLabels[task].join(', ')}; is this the file of another task?`,
  });
}

async function* hubItems(dir: string, wanted: WantedItems): AsyncGenerator<RecallItem, void, void> {
  const { task, nominalTokens, from, count } = wanted;
  const context = contextName(nominalTokens);
  const files = await findHubFiles(dir, task, context);
  const { rows, sha256 } = await readHubRows(files);
  if (from + count > rows.length) {
    throw new BenchError(`${files.paths.join(', ')} has ${rows.length} items, ${from + count} are needed`, {
      exitCode: ExitCode.usage,
      hint: 'Ask for fewer, or use RMT-team/babilong-1k-samples.',
    });
  }
  const gpt2 = await loadGpt2();
  const origin = `hub${sha256.slice(0, 8)}`;
  for (const [offset, { question, input, target }] of rows.slice(from, from + count).entries()) {
    const index = from + offset;
    requireLabel(task, target, `row ${index + 1} of ${files.paths.join(', ')}`);
    const contextTokens = gpt2.count(input);
    yield makeItem({ origin, task, context, contextTokens, index, text: input, question, target });
  }
}
