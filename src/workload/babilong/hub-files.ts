import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchError, ExitCode } from '../../errors.ts';
import type { RecallTask } from './task.ts';

/** The files that hold the items of one task and length, in the order of their rows. */
export interface HubFiles {
  readonly format: 'json' | 'parquet';
  readonly paths: readonly string[];
}

/**
 * Finds the items of a task and length in a copy of a BABILong data set: `<task>/<length>.json` (RMT-team/babilong)
 * or `<length>/<task>-00000-of-00001.parquet` (RMT-team/babilong-1k-samples, and the transposed
 * `<task>/<length>-...`), in the folder itself or in its `data`; several shards are one list.
 * @param dir as the user named it.
 * @throws BenchError (exit 2) when none of these is there, or a shard is missing
 */
export async function findHubFiles(dir: string, task: RecallTask, context: string): Promise<HubFiles> {
  for (const root of [dir, join(dir, 'data')]) {
    const byTask = await namesIn(join(root, task));
    const json = `${context}.json`;
    if (byTask.includes(json)) return { format: 'json', paths: [join(root, task, json)] };
    const shards =
      shardsOf(join(root, context), await namesIn(join(root, context)), task) ??
      shardsOf(join(root, task), byTask, context);
    if (shards !== null) return { format: 'parquet', paths: shards };
  }
  throw new BenchError(`${dir} has no items of ${task} at ${context}`, {
    exitCode: ExitCode.usage,
    hint: `Expected ${task}/${context}.json or ${context}/${task}-00000-of-00001.parquet in it or in its data folder, as in RMT-team/babilong and RMT-team/babilong-1k-samples.`,
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    // Reading a pipe would wait for ever.
    return entries.filter((entry) => !entry.isFIFO()).map(({ name }) => name);
  } catch {
    // No such folder is one of the layouts not being there; whoever finds none of them says so.
    return [];
  }
}

/** The shards `<name>-<i>-of-<n>.parquet` of a folder, in order; null: none. */
function shardsOf(folder: string, names: readonly string[], name: string): string[] | null {
  const shards = names
    .map((file) => /^(.+)-(\d+)-of-(\d+)\.parquet$/.exec(file))
    .filter((parts) => parts !== null && parts[1] === name)
    .map((parts) => ({ file: parts?.[0] ?? '', shard: Number(parts?.[2]), of: Number(parts?.[3]) }))
    .sort((a, b) => a.shard - b.shard);
  const of = shards[0]?.of;
  if (of === undefined) return null;
  if (shards.length !== of || shards.some((entry, index) => entry.shard !== index || entry.of !== of)) {
    throw new BenchError(`${folder} has ${shards.length} of ${of} shards of ${name}`, {
      exitCode: ExitCode.usage,
      hint: 'Download the data set again, or take out the files of another copy.',
    });
  }
  return shards.map(({ file }) => join(folder, file));
}
