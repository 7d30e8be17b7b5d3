import { flagValue } from './args.ts';
import type { LintInput, LintProblem } from './engine.ts';
import { idleFlags } from './lint-args.ts';

/** What is wrong with its arguments, as far as can be said without starting it. */
export function llamacppLint({ args }: LintInput): LintProblem[] {
  return [
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
