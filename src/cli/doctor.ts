import { doctor } from '../doctor.ts';
import { ExitCode } from '../errors.ts';
import { doctorText } from '../report/doctor-text.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench doctor`: what this machine has and lacks; exit 5 when nothing can be measured here. */
export async function doctorCommand(
  flags: Record<string, unknown>,
  { world, exit }: CommandContext,
): Promise<void> {
  const checks = await withProgress(world, (progress) => doctor(progress, world));
  const options = { ...reportOptions(world.stdout, world.env), all: flags.all === true };
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schemaVersion: 1, checks }, null, 2)}\n`
      : doctorText(checks, options),
  );
  if (checks.some(({ severity }) => severity === 'bad')) exit(ExitCode.host);
}
