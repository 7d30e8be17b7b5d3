import { firstJsonError, pythonJson } from '../json-position.ts';
import { flagValue, hasFlag } from './args.ts';
import type { LintInput, LintProblem } from './engine.ts';
import { colonInName, contextTooLong, idleFlags, leastCapability, tooManyRanks } from './lint-args.ts';

/** What is wrong with its arguments, as far as can be said without starting it. */
export function vllmLint(input: LintInput): LintProblem[] {
  const { args } = input;
  return [
    ...tooManyRanks(input, [
      ['--tensor-parallel-size', '-tp'],
      ['--pipeline-parallel-size', '-pp'],
      ['--data-parallel-size', '-dp'],
    ]),
    ...contextTooLong(
      input,
      ['--max-model-len'],
      ['--hf-overrides', '--rope-scaling', 'VLLM_ALLOW_LONG_MAX_MODEL_LEN'],
    ),
    ...fp8KeyValues(input),
    ...colonInName(args, {
      level: 'warning',
      why: 'which vLLM takes; clients that read `model:adapter` or `model:tag` cut it there.',
    }),
    ...jsonFlags.flatMap((names) => notJson(args, names)),
    ...idleFlags(args, [
      {
        flags: [
          '--max-cudagraph-capture-size',
          '--cudagraph-capture-sizes',
          '--cuda-graph-sizes',
          '--cudagraph-metrics',
        ],
        unless: ['--enforce-eager'],
      },
      { flags: ['--prefix-caching-hash-algo'], unless: ['--no-enable-prefix-caching'] },
      {
        flags: [
          '--long-prefill-token-threshold',
          '--max-long-partial-prefills',
          '--max-num-partial-prefills',
        ],
        unless: ['--no-enable-chunked-prefill'],
      },
      { flags: ['--tool-call-parser'], needs: ['--enable-auto-tool-choice'] },
      { flags: ['--max-loras', '--max-lora-rank', '--lora-modules'], needs: ['--enable-lora'] },
      { flags: ['--calculate-kv-scales'], needs: ['--kv-cache-dtype'] },
      { flags: ['--all2all-backend', '--enable-eplb'], needs: ['--enable-expert-parallel', '-ep'] },
    ]),
  ];
}

/** Flags whose value is a JSON object when it begins with a brace. */
const jsonFlags: readonly (readonly string[])[] = [
  ['--additional-config'],
  ['--attention-config', '-ac'],
  ['--compilation-config', '-cc'],
  ['--default-chat-template-kwargs'],
  ['--ec-transfer-config'],
  ['--eplb-config'],
  ['--hf-overrides'],
  ['--kernel-config'],
  ['--kv-events-config'],
  ['--kv-transfer-config'],
  ['--limit-mm-per-prompt'],
  ['--media-io-kwargs'],
  ['--mm-processor-kwargs'],
  ['--model-loader-extra-config'],
  ['--override-generation-config'],
  ['--pooler-config'],
  ['--profiler-config'],
  ['--reasoning-config'],
  ['--speculative-config', '-sc'],
  ['--structured-outputs-config'],
];

function notJson(args: readonly string[], names: readonly string[]): LintProblem[] {
  const value = flagValue(args, names);
  const at = value?.trimStart().startsWith('{') ? firstJsonError(value, pythonJson) : null;
  // A variable that is filled later.
  if (value === null || at === null || value[at] === '$') return [];
  const flag = names.findLast((name) => hasFlag(args, [name])) ?? '';
  const where =
    at >= value.length ? `it ends too early, after character ${at}` : `it goes wrong at character ${at + 1}`;
  return [{ flag, level: 'error', text: `${flag}: its value is no JSON: ${where}.` }];
}

/** FP8 keys and values need native FP8 in Triton's kernels and FlashAttention 3 (Hopper) in FlashAttention's. */
function fp8KeyValues(input: LintInput): LintProblem[] {
  const kind = flagValue(input.args, ['--kv-cache-dtype']) ?? '';
  const capability = leastCapability(input);
  if (!kind.startsWith('fp8') || capability === null || capability >= 9) return [];
  const backend =
    flagValue(input.args, ['--attention-backend']) ?? input.env.VLLM_ATTENTION_BACKEND ?? 'none named';
  if (/FLASHINFER/i.test(backend)) return [];
  const fails = /FLASH_ATTN/i.test(backend) || (capability < 8.9 && /TRITON/i.test(backend));
  if (!fails && (capability >= 8.9 || hasFlag(input.args, ['--attention-backend']))) return [];
  return [
    {
      flag: '--kv-cache-dtype',
      level: fails ? 'error' : 'warning',
      text: `--kv-cache-dtype ${kind} on a GPU of compute capability ${capability} (attention backend ${backend}): only FLASHINFER serves it before Hopper; add \`--attention-backend FLASHINFER\`, or take another type.`,
    },
  ];
}
