import { flagValue, hasFlag } from './args.ts';
import type { LintInput, LintProblem } from './engine.ts';
import { idleFlags } from './lint-args.ts';

/** What is wrong with its arguments, as far as can be said without starting it. */
export function llamacppLint(input: LintInput): LintProblem[] {
  const { args } = input;
  return [
    ...contextCapped(input),
    ...quantizedValues(args),
    ...idleFlags(args, [
      {
        flags: ['--draft-max', '--draft-min', '--draft-p-min', '--spec-draft-n-max', '-ngld'],
        needs: ['--model-draft', '-md', '--hf-repo-draft', '-hfd', '--spec-type', '--spec-default'],
      },
      { flags: ['--lora-init-without-apply'], needs: ['--lora', '--lora-scaled'] },
      { flags: ['--yarn-ext-factor', '--yarn-attn-factor', '--yarn-orig-ctx'], needs: ['--rope-scaling'] },
    ]),
  ];
}

/** The context that each slot has: its part of the whole, unless the slots share all of it. 0: what the model was made for; null: no flag says. */
export function contextOfSlot(args: readonly string[]): { tokens: number; slots: number } | null {
  const tokens = wholeNumber(flagValue(args, ['--ctx-size', '-c']));
  if (tokens === null) return null;
  const isShared = hasFlag(args, ['--kv-unified', '-kvu']) && !hasFlag(args, ['--no-kv-unified', '-no-kvu']);
  const slots = isShared ? 1 : Math.max(1, wholeNumber(flagValue(args, ['--parallel', '-np'])) ?? 1);
  return { tokens: Math.floor(tokens / slots), slots };
}

function contextCapped({ args, ggufContext }: LintInput): LintProblem[] {
  const tokens = wholeNumber(flagValue(args, ['--ctx-size', '-c']));
  const slot = contextOfSlot(args);
  const overrides = flagValue(args, ['--override-kv']) ?? '';
  if (slot === null || !ggufContext || overrides.includes('.context_length')) return [];
  const { tokens: perSlot, slots } = slot;
  if (perSlot <= ggufContext) return [];
  const flag = hasFlag(args, ['--ctx-size']) ? '--ctx-size' : '-c';
  const each = slots === 1 ? '' : ` (${perSlot} for each of ${slots} slots)`;
  return [
    {
      flag,
      level: 'warning',
      text: `${flag} ${tokens}${each} is more than the ${ggufContext} tokens that the model file states: the engine caps it to ${ggufContext} per slot.`,
    },
  ];
}

function wholeNumber(value: string | null): number | null {
  return value !== null && /^\d{1,12}$/.test(value) ? Number(value) : null;
}

/** Values of a quantised cache are read by flash attention only. */
function quantizedValues(args: readonly string[]): LintProblem[] {
  const kind = flagValue(args, ['--cache-type-v', '-ctv']);
  const flash = flagValue(args, ['--flash-attn', '-fa']);
  if (kind === null || /^(?:f32|f16|bf16)$/.test(kind) || flash !== 'off') return [];
  return [
    {
      flag: '--cache-type-v',
      level: 'error',
      text: `--cache-type-v ${kind} needs flash attention, and --flash-attn is off: turn it on, or take f16.`,
    },
  ];
}
