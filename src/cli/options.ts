import { InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from './program.ts';

/** An action whose handler is imported when its command runs; commander gives the operands, the flags and the command. */
export function lazily(
  context: CommandContext,
  load: () => Promise<(...operandsFlagsContext: never[]) => Promise<void>>,
): (...operandsFlagsCommand: unknown[]) => Promise<void> {
  return async (...args) => {
    const handler = await load();
    await handler(...([...args.slice(0, -1), context] as never[]));
  };
}

/** A flag's value as a whole number from 1 up. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}

/** How long pairs may take. */
export function budget(): Option {
  return new Option(
    '--budget <duration>',
    'no pair but the first is begun that would end later, such as 10m (judge.budget)',
  );
}
