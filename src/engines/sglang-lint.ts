import { flagValue } from './args.ts';
import type { LintInput, LintProblem } from './engine.ts';
import { colonInName, contextTooLong, idleFlags, leastCapability, tooManyRanks } from './lint-args.ts';

/** What is wrong with its arguments, as far as can be said without starting it. */
export function sglangLint(input: LintInput): LintProblem[] {
  return [
    ...tooManyRanks(input, [
      ['--tp-size', '--tensor-parallel-size', '--tp'],
      ['--pp-size', '--pipeline-parallel-size', '--pp'],
    ]),
    ...contextTooLong(
      input,
      ['--context-length'],
      ['--json-model-override-args', 'SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN'],
    ),
    ...colonInName(input.args, {
      level: 'error',
      why: 'which SGLang refuses: it separates model and adapter; write it without.',
    }),
    ...fp8KeyValues(input),
    ...idleFlags(input.args, [
      {
        flags: [
          '--speculative-num-steps',
          '--speculative-eagle-topk',
          '--speculative-num-draft-tokens',
          '--speculative-draft-model-path',
        ],
        needs: ['--speculative-algorithm', '--speculative-algo'],
      },
      {
        flags: [
          '--cuda-graph-max-bs',
          '--cuda-graph-bs',
          '--cuda-graph-max-bs-decode',
          '--cuda-graph-bs-decode',
        ],
        unless: ['--disable-cuda-graph', '--disable-decode-cuda-graph'],
      },
      {
        flags: ['--hicache-ratio', '--hicache-size', '--hicache-write-policy', '--hicache-io-backend'],
        needs: ['--enable-hierarchical-cache'],
      },
      { flags: ['--radix-eviction-policy'], unless: ['--disable-radix-cache'] },
      { flags: ['--bucket-time-to-first-token'], needs: ['--enable-metrics'] },
      { flags: ['--torch-compile-max-bs'], needs: ['--enable-torch-compile'] },
    ]),
  ];
}

function fp8KeyValues(input: LintInput): LintProblem[] {
  const kind = flagValue(input.args, ['--kv-cache-dtype']) ?? '';
  const backend = flagValue(input.args, ['--attention-backend']) ?? '';
  const capability = leastCapability(input);
  if (!/^(?:fp8|mxfp8)/.test(kind) || capability === null || capability >= 9) return [];
  const fails = /^(?:fa3|fa4|trtllm_m[hl]a|cutlass_mla|flashmla)$/.test(backend);
  if (!fails && capability >= 8.9) return [];
  return [
    {
      flag: '--kv-cache-dtype',
      level: fails ? 'error' : 'warning',
      text: `--kv-cache-dtype ${kind} on a GPU of compute capability ${capability}${backend === '' ? '' : ` with --attention-backend ${backend}`}: that backend needs Hopper or newer; take flashinfer, or another type.`,
    },
  ];
}
