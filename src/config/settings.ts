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
}

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
  const entry = (value: number | boolean): Entry => {
    const text = String(value);
    return { key: commandLine, value: { kind: 'scalar', text, plain: true, raw: text, at: commandLine } };
  };
  const { launches, rounds, limit, keepOutputs } = overrides;
  const workload = root.entries.get('workload');
  const asked = {
    ...(rounds === undefined ? {} : { rounds: entry(rounds) }),
    ...(limit === undefined ? {} : { limit: entry(limit) }),
  };
  const below: MapNode =
    workload?.value.kind === 'map' ? workload.value : { kind: 'map', entries: new Map(), at: commandLine };
  return withEntries(root, {
    ...(launches === undefined ? {} : { launches: entry(launches) }),
    ...(keepOutputs === undefined ? {} : { keep_outputs: entry(keepOutputs) }),
    ...(Object.keys(asked).length === 0
      ? {}
      : { workload: { key: workload?.key ?? commandLine, value: withEntries(below, asked) } }),
  });
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
