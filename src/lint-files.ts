import { knobDifferences } from './config/knob-diff.ts';
import { type LintReport, lint } from './config/lint.ts';
import type { LoadedExperiment } from './config/loaded.ts';
import { asHint, type GpusHere, gpusHere, lintArguments } from './engine-lint.ts';
import { engines } from './engines/index.ts';
import { fileTexts } from './file-texts.ts';
import { interruptibly } from './interrupt.ts';
import { checkAsked, loadParent, notYet } from './plan.ts';
import type { World } from './world.ts';

/** What is to be said about one file, its queries and its engine's arguments. */
export type FileReport = Omit<LintReport, 'loaded'>;

/** Checks many files with all that this machine knows: queries, the engines' own help, models, GPUs. */
export async function lintFiles(paths: readonly string[], world: World): Promise<FileReport[]> {
  const needsEnv = Object.fromEntries(
    Object.entries(engines).map(([name, engine]) => [name, engine.needsEnv]),
  );
  const reports = await lint(paths, { cwd: world.cwd, env: world.env, needsEnv });
  const gpus = await gpusHere(world.env);
  return interruptibly(async ({ signal }) => {
    const whole: FileReport[] = [];
    for (const { loaded, ...report } of reports) {
      whole.push(loaded === null ? report : await withEngine(report, loaded, { gpus, world, signal }));
      signal.throwIfAborted();
    }
    return whole;
  });
}

async function withEngine(
  report: FileReport,
  loaded: LoadedExperiment,
  { gpus, world, signal }: { readonly gpus: GpusHere; readonly world: World; readonly signal: AbortSignal },
): Promise<FileReport> {
  const engine = engines[loaded.experiment.engine];
  const ofAsked = await checkAsked(loaded, world.cwd);
  const say = (line: string): void => void world.stderr.write(`${line}\n`);
  const ofArguments = await lintArguments({ loaded, engine, gpus, env: world.env, signal, say });
  const errors = ofArguments
    .filter(({ level }) => level === 'error')
    .map(({ place, text }) => `${place ?? report.path}: ${text}`);
  const warnings = ofArguments.filter(({ level }) => level === 'warning').map(asHint);
  const hints = [
    ...report.hints,
    ...notYet(loaded.experiment),
    ...warnings,
    ...(await knobHints(loaded, world)),
  ];
  return {
    ...report,
    problems: [...new Set([...report.problems, ...ofAsked, ...errors])],
    hints: [...new Set(hints)],
  };
}

/** A child says what one change does: more than one, or none, is rarely meant. */
async function knobHints(loaded: LoadedExperiment, world: World): Promise<string[]> {
  const before = await loadParent(loaded, world);
  if (before === null) return [];
  const [parent] = loaded.parents;
  const differences = knobDifferences(before.experiment, loaded.experiment, {
    before: fileTexts(before.experiment, before.root),
    after: fileTexts(loaded.experiment, loaded.root),
  });
  if (differences.length === 1) return [];
  if (differences.length === 0) return [`The engine gets just what ${parent} gives it.`];
  const names = differences.map(({ name }) => name).join(', ');
  return [
    `${differences.length} knobs differ from ${parent} (${names}): a difference in the numbers will have no single cause. If they only make sense together, name them under \`groups\`.`,
  ];
}
