import { basename } from 'node:path';
import { soundsSecret } from './config/secret-names.ts';
import { type NamedSecret, veiled } from './try-secrets.ts';

/** What is to be tried. */
export type TryTarget =
  | { readonly kind: 'url'; readonly baseUrl: string }
  | { readonly kind: 'command'; readonly words: readonly string[] };

/** Everything the file says beside its target. */
export interface TryChoices {
  readonly model: string | undefined;
  readonly maxTokens: number;
  readonly requests: number;
  readonly queries: string;
  /** Folder of the engine; null: the root. */
  readonly cwd: string | null;
  /** Variables to pass on, beside those that engines are known to read. */
  readonly extraEnv: readonly string[];
  readonly portFlag: string;
  readonly hostFlag: string;
  /** What must not be written: its variable stands there instead. */
  readonly secrets: readonly NamedSecret[];
}

/** What an engine may read: names, or beginnings of names that end in `*`. */
const known = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_*',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'VIRTUAL_ENV',
  'PYTHON*',
  'CUDA_*',
  'NVIDIA_*',
  'NCCL_*',
  'ROCR_*',
  'HIP_*',
  'GGML_*',
  'LLAMA_*',
  'VLLM_*',
  'SGLANG_*',
  'TRTLLM_*',
  'TORCH*',
  'TRITON_*',
  'HF_*',
  'HUGGING_FACE_*',
  'TRANSFORMERS_*',
  'OLLAMA_*',
  'OMP_*',
  'MKL_*',
];

/**
 * The experiment that measures a target: what `bench try` runs, shows and saves. Variables stand as `$NAME`, those
 * that sound like secrets as `{ secret: $NAME }`.
 */
export function tryYaml(target: TryTarget, choices: TryChoices, env: NodeJS.ProcessEnv): string {
  const { secrets } = choices;
  const model = choices.model === undefined ? '' : `model: ${quoted(choices.model, secrets)}\n`;
  const subject =
    target.kind === 'url'
      ? `engine: openai\nbase_url: ${quoted(target.baseUrl, secrets)}\n${model}`
      : startYaml(target.words, choices, env, model);
  const name = target.kind === 'url' ? target.baseUrl : basename(target.words[0] ?? '');
  return `description: ${JSON.stringify(`${veiled(name, secrets)} as it is`)}
${subject}
workload:
  queries: ${quoted(choices.queries)}
  limit: ${choices.requests}
  max_tokens: ${choices.maxTokens}
  ignore_eos: ${target.kind === 'command'}
`;
}

/** What a person wrote: the command and its arguments, or the address, and the model. */
export function wordsOf(target: TryTarget, model?: string): string[] {
  const words = target.kind === 'url' ? [target.baseUrl] : target.words;
  return model === undefined ? [...words] : [...words, model];
}

/** The words without an address of their own, since bench gives one; `dropped` says what was left out. */
export function withoutAddress(
  words: readonly string[],
  flags: readonly string[],
): { readonly words: string[]; readonly dropped: string[] } {
  const kept: string[] = [];
  const dropped: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (flags.includes(word)) dropped.push(`${word} ${words[++at] ?? ''}`.trim());
    else if (flags.some((flag) => word.startsWith(`${flag}=`))) dropped.push(word);
    else kept.push(word);
  }
  return { words: kept, dropped };
}

/** Names of variables in `env` that the file passes on, sorted. */
export function passedOn(env: NodeJS.ProcessEnv, extra: readonly string[]): string[] {
  const patterns = [...known, ...extra];
  const isWanted = (name: string): boolean =>
    patterns.some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
  return Object.keys(env)
    .filter((name) => /^[A-Za-z_]\w*$/.test(name) && env[name] !== undefined && isWanted(name))
    .sort();
}

function startYaml(
  words: readonly string[],
  choices: TryChoices,
  env: NodeJS.ProcessEnv,
  model: string,
): string {
  const [command = '', ...args] = words;
  const { secrets } = choices;
  const isLlama = basename(command) === 'llama-server';
  const isUsual = choices.portFlag === '--port' && choices.hostFlag === '--host';
  const flags =
    isLlama || isUsual
      ? ''
      : `port_flag: ${quoted(choices.portFlag)}\nhost_flag: ${quoted(choices.hostFlag)}\n`;
  const list = args.length === 0 ? ' []' : args.map((word) => `\n  - ${quoted(word, secrets)}`).join('');
  const hidden = secrets.map(({ name }) => name);
  const variables = [...new Set([...passedOn(env, choices.extraEnv), ...hidden])].sort().map((name) => {
    const isSecret = soundsSecret(name) || hidden.includes(name);
    return `\n  ${name}: ${isSecret ? `{ secret: $${name} }` : `$${name}`}`;
  });
  const cwd = choices.cwd === null ? '' : `cwd: ${quoted(choices.cwd)}\n`;
  return `engine: ${isLlama ? 'llamacpp' : 'custom'}
cmd: ${quoted(command, secrets)}
args:${list}
${flags}${cwd}${model}env:${variables.length === 0 ? ' {}' : variables.join('')}
`;
}

/** A text as a YAML scalar that bench takes literally, but for the secrets in it. */
function quoted(text: string, secrets: readonly NamedSecret[] = []): string {
  return JSON.stringify(veiled(text, secrets));
}
