import { z } from 'zod';
import type { EngineName } from '../engines/engine.ts';
import { expect } from './schema-expect.ts';
import { choice, durationMs, flag, map, path, secret, text, whole, word, words } from './schema-parts.ts';
import { container, guard, judge, prepareStep, recall, workload } from './schema-sections.ts';

const engineNames = [
  'vllm',
  'sglang',
  'trtllm',
  'llamacpp',
  'custom',
  'openai',
] as const satisfies readonly EngineName[];
const flagName = z
  .string({ error: 'a flag' })
  .regex(/^-/, { error: 'a flag such as --kv-cache-dtype; variables go under `env`' });
const envName = z
  .string({ error: 'a name' })
  .regex(/^[A-Za-z_]\w*$/, { error: 'a variable name of letters, digits and _' });

/** What a file may hold, and what a resolved experiment holds once its parents are merged into it. */
export const settingsSchema = map(
  {
    description: text('one sentence that says what this experiment tries').describe(
      'What this experiment tries. Not inherited.',
    ),
    parent: path('a file, relative to this one')
      .optional()
      .describe('Inherit from this file; list only what differs.'),
    engine: choice(...engineNames, 'trt-llm').describe(
      'custom: any OpenAI server bench starts; openai: one that runs elsewhere.',
    ),
    cmd: z
      .union([path('a command'), words().min(1, { error: 'a command' })], {
        error: 'a command, or a list of words that starts with one',
      })
      .optional()
      .describe(
        'Found on the PATH of `env`, or a path. A list is the command and words that come before `args`.',
      ),
    args: words().default([]).describe('Never --host or --port: bench adds them.'),
    set: z
      .record(
        flagName,
        z.union(
          [word(), z.literal(true), words().min(1, { error: 'at least one value; `unset` drops a flag' })],
          {
            error: 'a value, a list to repeat the flag, or true for a flag alone',
          },
        ),
        {
          error: 'a map of flags such as { --max-num-seqs: 64 }',
        },
      )
      .optional()
      .describe(
        'With parent: add or replace flags. `--flag: true` is a flag without a value; a list repeats it.',
      ),
    unset: words('a list of flags and variable names')
      .optional()
      .describe('With parent: drop flags and environment variables.'),
    groups: z
      .record(text('a name'), words('a list of flags').min(1, { error: 'at least one flag' }), {
        error: 'a map such as { eagle3: [--a, --b] }',
      })
      .prefault({})
      .describe('Settings that only make sense together: one change, however many flags.'),
    cwd: path('a folder, relative to the root')
      .default('.')
      .describe('Where the engine starts. Relative to the root.'),
    shell: words()
      .min(1, { error: 'a command such as [nix, develop, -c]' })
      .optional()
      .describe('The environment that $VARs come from.'),
    venv: z
      .union(
        [
          path('a folder'),
          map({ path: path('a folder'), lock: path('a file').optional() }, '{ path: ..., lock: ... }'),
        ],
        { error: 'a folder, or { path: .venvs/x, lock: configs/locks/x.txt }' },
      )
      .optional()
      .describe('Python environment: hashed, and made from the lock when it is absent.'),
    image: text('an image with its digest').optional().describe('name@sha256:digest instead of `cmd`.'),
    container: container.optional().describe('How the image is run.'),
    prepare: z
      .array(prepareStep, { error: 'a list of steps' })
      .default([])
      .describe('Steps run before the engine, cached by the hash of their inputs.'),
    env: z
      .record(envName, z.union([word(), secret()], { error: 'text or { secret: $VARIABLE }' }), {
        error: 'a map of variables',
      })
      .prefault({})
      .describe("The engine's WHOLE environment: nothing else is passed on."),
    files: words('a list of files')
      .default([])
      .describe('Files the engine reads: hashed. Paths in args are found by themselves.'),
    model: text('the id that requests use').optional().describe("Default: the engine's only model."),
    warmup: whole(0, 1000)
      .default(3)
      .describe('At least so many requests; then until the speed is steady, 20 at most.'),
    launches: whole(1, 1000).default(1).describe('Without a parent: how often the engine is started.'),
    ready_timeout: durationMs().prefault('20m'),
    request_timeout: durationMs().prefault('10m').describe('One request, from sent to its last byte.'),
    stop_grace: durationMs().prefault('15s').describe('From SIGINT to SIGTERM.'),
    workload: workload.prefault({}),
    recall: recall.optional(),
    judge: judge.prefault({}),
    guard: guard.prefault({}),
    expect: expect.optional().describe('What must be true of the running engine, or the run is invalid.'),
    keep_outputs: flag().default(false).describe('Keep the text of every answer in the bundle.'),
    base_url: text('a URL such as https://host/v1')
      .regex(/^(?:https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$|\$)/, {
        error: 'a URL such as https://host/v1, without password and query: a key goes under `api_key`',
      })
      .optional()
      .describe('engine openai: where it runs.'),
    api_key: secret().optional().describe('engine openai: { secret: $VARIABLE }.'),
    port_flag: flagName.optional().describe('engine custom: the flag that takes the port.'),
    host_flag: flagName.optional().describe('engine custom: the flag that takes the address.'),
    ready: z
      .string({ error: 'a path such as /health' })
      .regex(/^\/\S*$/, { error: 'a path such as /health' })
      .optional()
      .describe('engine custom: the path that answers 200 once it serves.'),
  },
  'a map',
);
