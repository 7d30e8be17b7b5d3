import type { Json } from '../canonical.ts';
import { flagNumber, flagValue, hasFlag, isFlag } from './args.ts';
import type { LintInput, LintProblem } from './engine.ts';
import { asNumber, asObject, asText } from './json-reading.ts';

/** Flags that do nothing unless another is set, or once another is. */
export interface IdleRule {
  readonly flags: readonly string[];
  /** One of these must be there. */
  readonly needs?: readonly string[];
  /** None of these may be there. */
  readonly unless?: readonly string[];
}

/** Flags that have no effect beside the others. */
export function idleFlags(args: readonly string[], rules: readonly IdleRule[]): LintProblem[] {
  return rules.flatMap(({ flags, needs, unless }) => {
    const idle = flags.filter((flag) => hasFlag(args, [flag]));
    const blocker = unless?.find((flag) => hasFlag(args, [flag]));
    const isIdle = blocker !== undefined || (needs !== undefined && !hasFlag(args, needs));
    if (!isIdle) return [];
    return idle.map((flag) => ({
      flag,
      level: 'warning' as const,
      text:
        blocker === undefined
          ? `${flag} has no effect without ${needs?.[0]}: add that, or leave this out.`
          : `${flag} has no effect beside ${blocker}: leave one of them out.`,
    }));
  });
}

/** More ranks than the engine sees GPUs; nothing when they are not known. */
export function tooManyRanks(input: LintInput, sizes: readonly (readonly string[])[]): LintProblem[] {
  if (input.gpus === null) return [];
  const named = sizes.filter((names) => (flagNumber(input.args, names) ?? 1) > 1);
  const ranks = sizes.reduce((product, names) => product * (flagNumber(input.args, names) ?? 1), 1);
  const flag = named[0]?.[0];
  if (flag === undefined || ranks <= input.gpus.length) return [];
  const { length } = input.gpus;
  return [
    {
      flag,
      level: 'error',
      text: `${named.map((names) => names[0]).join(' and ')} ask for ${ranks} GPUs, and the engine sees ${length}: lower them, or change CUDA_VISIBLE_DEVICES under \`env:\`.`,
    },
  ];
}

/** A context longer than the model's own; nothing when its config.json is not known. */
export function contextTooLong(
  input: LintInput,
  names: readonly string[],
  allowedBy: readonly string[],
): LintProblem[] {
  const asked = flagNumber(input.args, names);
  const most = longestContext(input.modelConfig);
  const flag = names.find((name) => hasFlag(input.args, [name]));
  const isAllowed = allowedBy.some((name) =>
    name.startsWith('-') ? hasFlag(input.args, [name]) : Object.hasOwn(input.env, name),
  );
  if (asked === null || most === null || flag === undefined || asked <= most || isAllowed) return [];
  return [
    {
      flag,
      level: 'error',
      text: `${flag} ${flagValue(input.args, names)} is more than the ${most} tokens of the model's config.json; lower it, or extend the model on purpose (${allowedBy.join(', ')}).`,
    },
  ];
}

/** A colon in the name that clients ask for; `why` ends the sentence. */
export function colonInName(
  args: readonly string[],
  { level, why }: { readonly level: LintProblem['level']; readonly why: string },
): LintProblem[] {
  const flag = '--served-model-name';
  const first = args.indexOf(flag) + 1;
  const next = args.findIndex((word, index) => index >= first && isFlag(word));
  // It takes several names.
  const names = first === 0 ? [] : args.slice(first, next === -1 ? undefined : next);
  const name = [flagValue(args, [flag]) ?? '', ...names].find((one) => one.includes(':'));
  return name === undefined ? [] : [{ flag, level, text: `${flag} ${name} has a colon, ${why}` }];
}

/** Positions the model was made for, its own rope scaling applied; null when it does not say. */
export function longestContext(config: Json): number | null {
  const whole = asObject(config);
  const text = asObject(whole.text_config);
  const positions = asNumber(whole.max_position_embeddings) ?? asNumber(text.max_position_embeddings);
  if (positions === null) return null;
  const scaling = asObject(whole.rope_scaling ?? text.rope_scaling);
  const factor = asNumber(scaling.factor) ?? 1;
  // Llama 3 and longrope state the stretched length already; yarn and linear state what they stretch.
  const kind = asText(scaling.rope_type) ?? asText(scaling.type) ?? '';
  return /^(?:yarn|linear|dynamic)$/.test(kind) ? positions * factor : positions;
}

/** A compute capability as one number to compare: `8.9` -> 8.9; null when unknown. */
export function capabilityOf(gpu: { readonly computeCapability: string | null }): number | null {
  const value = Number(gpu.computeCapability ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

/** The least able of the GPUs the engine sees; null when none is known. */
export function leastCapability({ gpus }: LintInput): number | null {
  const known = (gpus ?? []).map(capabilityOf).filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
