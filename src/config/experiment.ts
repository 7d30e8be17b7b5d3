import type { z } from 'zod';
import { settingsSchema } from './schema.ts';

/**
 * Settings of a resolved file -> the experiment as the rest of bench sees it: names in camelCase with units,
 * one spelling for what a file may write in two ways. Texts are templates (`template.ts`) until `substitute`.
 */
export const experimentSchema = settingsSchema.transform((settings) => {
  const [cmd, ...cmdWords] = typeof settings.cmd === 'string' ? [settings.cmd] : (settings.cmd ?? []);
  const { recall, ...limits } = settings.guard;
  const container = settings.container;
  return {
    description: settings.description,
    engine: settings.engine === 'trt-llm' ? ('trtllm' as const) : settings.engine,
    /** Absent with `image` and with engine openai. */
    cmd,
    args: [...cmdWords, ...settings.args],
    cwd: settings.cwd,
    shell: settings.shell,
    venv: typeof settings.venv === 'string' ? { path: settings.venv } : settings.venv,
    image: settings.image,
    container: container && {
      mounts: container.mounts,
      gpus: container.gpus,
      shmBytes: container.shm,
      ipc: container.ipc,
    },
    prepare: settings.prepare,
    env: Object.fromEntries(
      Object.entries(settings.env).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : value.secret,
      ]),
    ),
    /** Names in `env` whose values are never shown. */
    secretEnv: Object.keys(settings.env).filter((name) => typeof settings.env[name] !== 'string'),
    files: settings.files,
    model: settings.model,
    warmup: settings.warmup,
    launches: settings.launches,
    readyTimeoutMs: settings.ready_timeout,
    requestTimeoutMs: settings.request_timeout,
    stopGraceMs: settings.stop_grace,
    workload: workloadOf(settings.workload),
    recall: settings.recall && recallOf(settings.recall),
    judge: {
      metric: settings.judge.metric,
      minEffectPct: settings.judge.min_effect,
      pairs: settings.judge.pairs,
      budgetMs: settings.judge.budget,
      foreignLoadPct: settings.judge.foreign_load,
    },
    guard: {
      ttftPct: limits.ttft_ms,
      tpotPct: limits.tpot_ms,
      e2ePct: limits.e2e_ms,
      errors: limits.errors,
      outputs: limits.outputs,
      memoryPct: limits.memory,
      recall: recall && {
        contexts: recall.contexts.map(String),
        marginPt: recall.margin,
        n: recall.n,
        unmeasurable: recall.unmeasurable,
      },
    },
    /** By the names of the file. */
    expect: settings.expect && expectedOf(settings.expect),
    keepOutputs: settings.keep_outputs,
    groups: settings.groups,
    baseUrl: settings.base_url,
    /** A secret. */
    apiKey: settings.api_key?.secret,
    portFlag: settings.port_flag,
    hostFlag: settings.host_flag,
    /** Health path of a custom engine. */
    ready: settings.ready,
  };
});

/** A value that something must have: a text, a number, a range as text, or values by name. */
export type ExpectedValue =
  | string
  | number
  | boolean
  | { readonly [name: string]: string | number | boolean };

/** What must be true of the running engine. */
export interface Expected {
  /** `attention_backend` -> `FLASHINFER`; `model`, `gpus` and `engine_version` among them. */
  readonly facts: { readonly [name: string]: ExpectedValue };
  /** Library -> a range of versions. */
  readonly libs: { readonly [name: string]: string };
}

/** One resolved experiment; paths are relative to the root. */
export type Experiment = z.output<typeof experimentSchema>;

/** What was given, without what was left out. */
function expectedOf(given: NonNullable<z.output<typeof settingsSchema>['expect']>): Expected {
  const { libs = {}, ...facts } = given;
  const values = Object.entries(facts).filter(
    (entry): entry is [string, ExpectedValue] => entry[1] !== undefined,
  );
  return { facts: Object.fromEntries(values), libs };
}

function workloadOf(settings: z.output<typeof settingsSchema>['workload']) {
  return {
    queries: settings.queries,
    limit: settings.limit,
    rounds: settings.rounds,
    maxTokens: settings.max_tokens,
    ignoreEos: settings.ignore_eos,
    cache: settings.cache,
    sampling: defined(settings.sampling),
  };
}

function recallOf({ max_tokens, ...settings }: NonNullable<z.output<typeof settingsSchema>['recall']>) {
  return { ...settings, contexts: settings.contexts.map(String), maxTokens: max_tokens };
}

/** The members that were given. */
function defined(members: { readonly [key: string]: number | undefined }): Record<string, number> {
  const given = Object.entries(members).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
