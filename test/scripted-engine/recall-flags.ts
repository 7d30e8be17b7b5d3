import { appendFileSync } from 'node:fs';
import { type Breaking, breakings, outOfMemory, refusals } from './limit.ts';
import { perfectRecall, type Recall, recallFormats } from './recall.ts';
import type { ScriptedEngineOptions } from './state.ts';

/** Flags that say what the engine makes of long prompts, for `parseArgs`. */
export const recallFlags = {
  recall: { type: 'boolean', default: false },
  'recall-window': { type: 'string' },
  'recall-forget': { type: 'string' },
  'recall-forget-beyond': { type: 'string' },
  'recall-salt': { type: 'string' },
  'recall-always': { type: 'string' },
  'recall-format': { type: 'string' },
  'recall-itl-ms': { type: 'string' },
  'thinking-can-be-off': { type: 'boolean', default: false },
  'max-model-len': { type: 'string' },
  refusal: { type: 'string', default: 'vllm' },
  'kv-tokens': { type: 'string' },
  'breaks-beyond': { type: 'string' },
  'double-bos': { type: 'boolean', default: false },
  'prefill-us-per-token': { type: 'string', default: '0' },
  'request-log': { type: 'string' },
} as const;

/** What `--help` says of them. */
export const recallUsage = `  --recall                  answers BABILong prompts (qa1 to qa5) by their facts; any --recall-... says so too
  --recall-window N         forgets facts that begin more than N tokens before the end of the context
  --recall-forget SHARE     0; this share of prompts is answered wrong, chosen by a hash
  --recall-forget-beyond N  0; only of prompts of more than N tokens
  --recall-salt TEXT        another salt, other prompts; the same, and a smaller share loses some of the same
  --recall-always LABEL     answers it whatever the facts say
  --recall-format FORMAT    ${recallFormats.join('|')}
  --recall-itl-ms N         gaps between the words of such an answer; default: the script's
  --thinking-can-be-off     FORMAT think and reasoning are official when the request says so
  --max-model-len N         the context it takes, in tokens; none: any
  --refusal HOW             ${refusals.join('|')}
  --kv-tokens N             dies at boot, as vLLM does, with a greater --max-model-len
  --breaks-beyond N:HOW     a prompt of more than N tokens: ${breakings.join('|')}
  --double-bos              puts a second BOS before a chat
  --prefill-us-per-token N  0; added to the time of the first token
  --request-log FILE        appends one JSON line for each completion that was asked for
`;

interface RecallValues {
  readonly recall: boolean;
  readonly 'recall-window'?: string | undefined;
  readonly 'recall-forget'?: string | undefined;
  readonly 'recall-forget-beyond'?: string | undefined;
  readonly 'recall-salt'?: string | undefined;
  readonly 'recall-always'?: string | undefined;
  readonly 'recall-format'?: string | undefined;
  readonly 'recall-itl-ms'?: string | undefined;
  readonly 'thinking-can-be-off': boolean;
  readonly 'max-model-len'?: string | undefined;
  readonly refusal: string;
  readonly 'breaks-beyond'?: string | undefined;
  readonly 'double-bos': boolean;
  readonly 'prefill-us-per-token': string;
  readonly 'request-log'?: string | undefined;
}

/** The engine's options from these flags; a breaking ends this process. @throws Error for a word that is not there. */
export function lengthOptions(values: RecallValues, exitCode: number): ScriptedEngineOptions {
  const { 'max-model-len': length, 'breaks-beyond': breaks, 'request-log': log } = values;
  return {
    recall: recallOf(values),
    limit:
      length === undefined
        ? null
        : { tokens: Number(length), refusal: oneOf(refusals, values.refusal, '--refusal') },
    breaking: breaks === undefined ? null : breakingOf(breaks),
    onBreak: (how) => breakDown(how, exitCode),
    doubleBos: values['double-bos'],
    prefillUsPerToken: Number(values['prefill-us-per-token']),
    onRequest: (entry) => {
      if (log !== undefined) appendFileSync(log, `${JSON.stringify(entry)}\n`);
    },
  };
}

function recallOf(values: RecallValues): Recall | null {
  const window = values['recall-window'];
  const format = values['recall-format'];
  const isNamed = Object.entries(values).some(
    ([flag, value]) => flag.startsWith('recall-') && value !== undefined,
  );
  if (!values.recall && !isNamed) return null;
  return {
    windowTokens: window === undefined ? null : Number(window),
    forgetShare: Number(values['recall-forget'] ?? 0),
    forgetSalt: values['recall-salt'] ?? '',
    forgetBeyondTokens: Number(values['recall-forget-beyond'] ?? 0),
    always: values['recall-always'] ?? null,
    format: format === undefined ? perfectRecall.format : oneOf(recallFormats, format, '--recall-format'),
    itlMs: values['recall-itl-ms'] === undefined ? null : Number(values['recall-itl-ms']),
    obeysThinkingOff: values['thinking-can-be-off'],
  };
}

function breakingOf(text: string): Breaking {
  const [beyond, how = ''] = text.split(':');
  return { beyondTokens: Number(beyond), how: oneOf(breakings, how, '--breaks-beyond') };
}

function breakDown(how: Breaking['how'], exitCode: number): void {
  if (how === 'segfault') return void process.kill(process.pid, 'SIGSEGV');
  if (how === 'oom') process.stderr.write(`${outOfMemory}\n`);
  process.exit(exitCode);
}

function oneOf<Name extends string>(names: readonly Name[], text: string, flag: string): Name {
  const name = names.find((known) => known === text);
  if (name === undefined) throw new Error(`${flag} ${text}: there are ${names.join(', ')}`);
  return name;
}
