import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BenchError, ExitCode } from '../errors.ts';
import type { Comparison } from '../verdict/comparison.ts';
import { comparisonSchema } from './comparison-schema.ts';
import { explainDiskError } from './disk-error.ts';
import { runIdPattern } from './run-id.ts';
import { writeWhole } from './write-whole.ts';

/** results/check/<run_id>.json: what one `bench check` saw; `--history` reads them. */
export const checkSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string().regex(runIdPattern),
  startedAt: z.string(),
  config: z.string(),
  status: z.enum(['pass', 'regression', 'inconclusive', 'invalid', 'crash']),
  reason: z.string(),
  fingerprint: z.string(),
  workload: z.string(),
  candidate: z.strictObject({ expId: z.string(), artifact: z.string().nullable() }),
  harness: z.string(),
  comparison: comparisonSchema,
});

/** One check, as its file holds it. */
export type CheckFile = Readonly<Omit<z.infer<typeof checkSchema>, 'comparison'>> & {
  readonly comparison: Comparison;
};

const folder = 'results/check';

/** Writes a check whole; answers its path relative to the root. @throws BenchError (exit 5) when the disk refuses. */
export async function writeCheck(root: string, file: CheckFile): Promise<string> {
  const path = join(folder, `${file.runId}.json`);
  try {
    await mkdir(join(root, folder), { recursive: true });
    await writeWhole(join(root, path), `${JSON.stringify(checkSchema.parse(file))}\n`);
  } catch (error) {
    throw explainDiskError(error, `write ${path}`, 'What was measured is in .bench_runs/.');
  }
  return path;
}

/** Every check of a root, oldest first. @throws BenchError (exit 5) when one cannot be read. */
export async function checkFolder(root: string): Promise<readonly CheckFile[]> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json') && runIdPattern.test(name.slice(0, -5))).sort();
  return Promise.all(files.map((name) => readCheck(root, join(folder, name))));
}

async function readCheck(root: string, path: string): Promise<CheckFile> {
  try {
    return checkSchema.parse(JSON.parse(await readFile(join(root, path), 'utf8')));
  } catch (error) {
    throw new BenchError(`${path} cannot be read: ${(error as Error).message}`, {
      exitCode: ExitCode.host,
      hint: 'Delete it, or take it from git again.',
    });
  }
}
