import { existsSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type InitReport, initialise } from '../init.ts';
import { rootOf } from '../ledger-story.ts';
import type { CommandContext } from './program.ts';

/** `bench init`: what was written, and the command to run next. */
export async function initCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const root = await rootOf(world);
  const report = await initialise(
    root,
    { engine: flags.engine as string | undefined, model: flags.model as string | undefined },
    world,
  );
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const found =
    report.found.kind === 'own'
      ? `Found ${report.found.binary} and ${report.found.model}.`
      : 'No llama-server with a model was found: the starter brings its own (270 MB, installed on the first run).';
  const lines = [
    found,
    ...report.written.map((path) => `  wrote ${path}`),
    ...report.kept.map((path) => `  kept  ${path}`),
    ...gitLine(report, world.cwd),
    `Next: bench run ${fromHere(report, report.config, world.cwd)}`,
  ];
  world.stdout.write(`${lines.join('\n')}\n`);
}

/** bench commits experiments and rows by itself, these two files never. */
function gitLine(report: InitReport, cwd: string): string[] {
  if (!existsSync(join(report.root, '.git'))) return [];
  const files = report.written
    .filter((path) => path.startsWith('.git'))
    .map((path) => fromHere(report, path, cwd));
  return files.length === 0 ? [] : [`First: git add ${files.join(' ')} && git commit -m "Set up bench"`];
}

function fromHere({ root }: InitReport, path: string, cwd: string): string {
  return relative(realpathSync(cwd), join(root, path));
}
