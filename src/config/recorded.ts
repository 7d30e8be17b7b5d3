import type { Json } from '../canonical.ts';
import type { DescribedValue } from './describe.ts';
import type { Experiment } from './experiment.ts';
import { hidden } from './hiding.ts';
import type { KnobSubject } from './knobs.ts';

/** A value of a resolved experiment, as records hold it. */
export type RecordedValue = Pick<DescribedValue, 'path' | 'value'>;

/**
 * The values that a record (or {@link describe}) lists -> as much of the experiment as its knobs are. A secret has the
 * value that stands for it. What an older or newer bench wrote is read as far as it goes.
 */
export function recordedSubject(values: readonly RecordedValue[]): KnobSubject & Pick<Experiment, 'groups'> {
  const [cmd, ...cmdWords] = [textOf(values, 'cmd') ?? [], listOf(values, 'cmd')].flat();
  const env = membersOf(values, 'env').map(({ path, value }) => [path, String(value)] as const);
  const engine = textOf(values, 'engine') ?? 'custom';
  const [venvPath, lock] = [
    textOf(values, 'venv.path') ?? textOf(values, 'venv'),
    textOf(values, 'venv.lock'),
  ];
  return {
    engine: (engine === 'trt-llm' ? 'trtllm' : engine) as Experiment['engine'],
    cmd,
    args: [...cmdWords, ...listOf(values, 'args')],
    env: Object.fromEntries(env),
    secretEnv: env.flatMap(([name, value]) => (value.startsWith(`${hidden} `) ? name : [])),
    files: listOf(values, 'files'),
    image: textOf(values, 'image'),
    venv: venvPath === undefined ? undefined : { path: venvPath, ...(lock === undefined ? {} : { lock }) },
    cwd: textOf(values, 'cwd') ?? '.',
    shell: membersOf(values, 'shell').length === 0 ? undefined : listOf(values, 'shell'),
    prepare: stepsOf(values),
    container: nested(membersOf(values, 'container')) as KnobSubject['container'],
    groups: groupsOf(values),
  };
}

/** Steps as the experiment has them: inputs that are not there are none. */
function stepsOf(values: readonly RecordedValue[]): Experiment['prepare'] {
  const steps = nested(membersOf(values, 'prepare')) ?? [];
  return Object.values(steps).map((step) => ({ inputs: [], ...(step as object) })) as never;
}

/** Values by dotted path as the maps and lists that they came from; undefined: there are none. */
function nested(values: readonly RecordedValue[]): { readonly [key: string]: unknown } | undefined {
  if (values.length === 0) return undefined;
  const keys = [...new Set(values.map(({ path }) => path.split('.', 1)[0] ?? ''))];
  const members = keys.map((key): [string, unknown] => {
    const own = values.find(({ path }) => path === key);
    return [key, own === undefined ? nested(membersOf(values, key)) : own.value];
  });
  const isList = keys.every((key) => /^\d+$/.test(key));
  return isList ? (members.map(([, value]) => value) as never) : Object.fromEntries(members);
}

/** The values below a key, by the rest of their paths: `workload` -> `limit`, `sampling.seed`. */
export function membersOf(values: readonly RecordedValue[], key: string): RecordedValue[] {
  return values
    .filter(({ path }) => path.startsWith(`${key}.`))
    .map(({ path, value }) => ({ path: path.slice(key.length + 1), value }));
}

function textOf(values: readonly RecordedValue[], path: string): string | undefined {
  const value = values.find((one) => one.path === path)?.value;
  return typeof value === 'string' ? value : undefined;
}

function listOf(values: readonly RecordedValue[], key: string): string[] {
  return membersOf(values, key)
    .filter(({ path }) => /^\d+$/.test(path))
    .sort((a, b) => Number(a.path) - Number(b.path))
    .map(({ value }) => wordOf(value));
}

function wordOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function groupsOf(values: readonly RecordedValue[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const { path, value } of membersOf(values, 'groups')) {
    const name = /^(.+)\.\d+$/.exec(path)?.[1];
    if (name !== undefined) groups[name] = [...(groups[name] ?? []), wordOf(value)];
  }
  return groups;
}
