import type { Json } from '../canonical.ts';
import { configSchemaJson } from './json-schema.ts';
import { commandLine } from './problem.ts';
import { toValue } from './scalar.ts';
import { builtIns, references } from './template.ts';
import {
  type Entry,
  type MapNode,
  nodeAt,
  type Path,
  type ScalarNode,
  scalars,
  withEntries,
} from './tree.ts';

/** Options of the command line that stand above the file; not part of its identity. */
export interface Overrides {
  readonly launches?: number | undefined;
  readonly rounds?: number | undefined;
  readonly limit?: number | undefined;
  readonly keepOutputs?: boolean | undefined;
  /** Members of `recall:`, in the file's own names. */
  readonly recall?: RecallOverrides | undefined;
  /** Id of the sweep whose cell it is; sets nothing. */
  readonly sweep?: string | undefined;
}

/** Members of `recall:` in the file's own names; those left out are the file's. */
export type RecallOverrides = { readonly [member: string]: string | number | readonly string[] };

/** A value of the resolved file and where it comes from. */
export interface Setting {
  /** Dotted, in the file's own names: `env.PATH`, `args.0`, `workload.limit`. */
  readonly path: string;
  /** Before substitution, as the schema reads it. */
  readonly value: Json;
  /** `file:line`, `default` or `command line`, then the variables it uses. */
  readonly origin: string;
  /** The value is the name of a variable whose content is never shown. */
  readonly secret: boolean;
}

/** The resolved file with the command line's options put over it. */
export function withOverrides(root: MapNode, overrides: Overrides): MapNode {
  const { launches, rounds, limit, keepOutputs, recall } = overrides;
  const asked = {
    ...(rounds === undefined ? {} : { rounds: entry(rounds) }),
    ...(limit === undefined ? {} : { limit: entry(limit) }),
  };
  const members = Object.entries(recall ?? {}).map(([name, value]) => [name, entry(value)]);
  return withEntries(root, {
    ...(launches === undefined ? {} : { launches: entry(launches) }),
    ...(keepOutputs === undefined ? {} : { keep_outputs: entry(keepOutputs) }),
    ...(Object.keys(asked).length === 0 ? {} : { workload: below(root, 'workload', asked) }),
    ...(recall === undefined ? {} : { recall: below(root, 'recall', Object.fromEntries(members)) }),
  });
}

/** A map of the file, made where it has none, with members put over its own. */
function below(root: MapNode, name: string, members: { readonly [key: string]: Entry }): Entry {
  const there = root.entries.get(name);
  const map: MapNode =
    there?.value.kind === 'map' ? there.value : { kind: 'map', entries: new Map(), at: commandLine };
  return { key: there?.key ?? commandLine, value: withEntries(map, members) };
}

function entry(value: number | boolean | string | readonly string[]): Entry {
  const scalar = (one: unknown, plain: boolean): ScalarNode => {
    const text = String(one);
    return { kind: 'scalar', text, plain, raw: text, at: commandLine };
  };
  if (typeof value === 'object') {
    const items = value.map((one) => scalar(one, false));
    return { key: commandLine, value: { kind: 'list', items, at: commandLine } };
  }
  return { key: commandLine, value: scalar(value, typeof value !== 'string') };
}

/** Every value of a resolved file in the order of the schema, the defaults it leaves alone among them. */
export function listSettings(root: MapNode): Setting[] {
  const schema = configSchemaJson();
  const from = root.entries.has('shell') ? 'the shell' : 'the environment';
  const own = [...scalars(root)].map(({ path, node }) => ownSetting(path, node, from));
  const order = Object.keys((schema.properties ?? {}) as Schema);
  const rank = ({ path }: Setting) => order.indexOf(path.split('.', 1)[0] ?? '');
  return [...own, ...defaultSettings(schema, [], root)].sort((a, b) => rank(a) - rank(b));
}

function ownSetting(path: Path, node: ScalarNode, variablesFrom: string): Setting {
  const secret = path.at(-1) === 'secret' && (path[0] === 'env' || path[0] === 'api_key');
  const value = toValue(node, path);
  const place = node.at.line === 0 ? node.at.file : `${node.at.file}:${node.at.line}`;
  const names = typeof value === 'string' && path[0] !== 'description' ? references(value) : [];
  const used = names.flatMap(({ name }) =>
    (builtIns as readonly string[]).includes(name) ? [] : [`$${name} from ${variablesFrom}`],
  );
  const origin = [place, ...new Set(used)].join(', ');
  return { path: (secret ? path.slice(0, -1) : path).join('.'), value, origin, secret };
}

type Schema = { readonly [key: string]: Json | undefined };

function defaultSettings(schema: Json, path: Path, root: MapNode): Setting[] {
  const properties = (schema as Schema).properties as Schema | undefined;
  return Object.entries(properties ?? {}).flatMap(([key, property]) => {
    const inner = property as Schema;
    const here = [...path, key];
    const node = nodeAt(root, here);
    if (inner.properties !== undefined)
      return inner.default === undefined && node === undefined ? [] : defaultSettings(inner, here, root);
    if (node !== undefined || inner.default === undefined) return [];
    return [{ path: here.join('.'), value: inner.default, origin: 'default', secret: false }];
  });
}
