import { withoutSecrets } from '../bundle.ts';
import { describe } from '../config/describe.ts';
import { missingEnvHints } from '../config/hints.ts';
import { configSchemaJson } from '../config/json-schema.ts';
import { loadExperiment } from '../config/load.ts';
import { engines } from '../engines/index.ts';
import { ExitCode } from '../errors.ts';
import { lintFiles } from '../lint-files.ts';
import { configText } from '../report/config-text.ts';
import { redactor } from '../snapshot/redact.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench config show`: the resolved experiment with the origin of each value. */
export async function showConfigCommand(
  path: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const loaded = await loadExperiment(path, { cwd: world.cwd, env: world.env, isOnlyRead: true });
  const hints = missingEnvHints(engines[loaded.experiment.engine].needsEnv, loaded.experiment, world.env);
  const redact = redactor(loaded.secrets);
  const description = withoutSecrets(describe({ ...loaded, hints: [...loaded.hints, ...hints] }), redact);
  const text =
    flags.json === true
      ? `${JSON.stringify(description, null, 2)}\n`
      : configText(description, reportOptions(world.stdout, world.env));
  world.stdout.write(text);
}

/** `bench config lint`: every mistake of every file, of its queries and of its engine's flags; exit 2 when there is one. */
export async function lintConfigCommand(
  paths: readonly string[],
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const checked = await lintFiles(paths, world);
  const problems = checked.flatMap((report) => report.problems);
  if (flags.json === true) world.stdout.write(`${JSON.stringify(checked, null, 2)}\n`);
  else {
    for (const { path, hints, problems: own } of checked) {
      for (const problem of own) world.stderr.write(`${problem}\n`);
      for (const hint of hints) world.stderr.write(`${path}: hint: ${hint}\n`);
      if (own.length === 0) world.stdout.write(`${path}: ok\n`);
    }
  }
  if (problems.length > 0) context.exit(ExitCode.usage);
}

/** `bench config schema`: the JSON Schema of an experiment file. */
export function schemaCommand({ world }: CommandContext): void {
  world.stdout.write(`${JSON.stringify(configSchemaJson(), null, 2)}\n`);
}
