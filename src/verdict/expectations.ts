import type { Expected, ExpectedValue } from '../config/experiment.ts';
import type { EngineFacts } from '../engines/facts.ts';
import { isNumberIn, isVersionIn } from './version-range.ts';

/** What the running engine was seen to be; null and absent facts were not seen. */
export interface SeenEngine {
  readonly facts: EngineFacts;
  readonly engineVersion: string | null;
  /** The id it serves; `id@hash` as the ledger names it. */
  readonly model: string | null;
  readonly modelCell: string | null;
  readonly gpus: number | null;
  /** Program code mapped by its processes. */
  readonly libraries: readonly SeenLibrary[] | null;
}

/** A mapped library, and the wheel that brought it. */
export interface SeenLibrary {
  readonly path: string;
  readonly version: string | null;
  readonly distribution?: { readonly name: string; readonly version: string };
}

/** An expectation that does not hold. */
export interface Unmet {
  /** As the file has it: `attention_backend`, `libs.libcudnn`. */
  readonly name: string;
  /** As the ledger has it: `expect-attention-backend`. */
  readonly detail: string;
  readonly wanted: string;
  /** `not seen` when nothing was. */
  readonly seen: string;
}

type Check = { readonly holds: boolean; readonly seen: string };

const notSeen: Check = { holds: false, seen: 'not seen' };

/** The expectations that do not hold, libraries last. What was not seen never holds. */
export function unmetExpectations(expected: Expected, seen: SeenEngine): Unmet[] {
  return [
    ...Object.entries(expected.facts).map(([name, wanted]) => ({
      name,
      wanted: shown(wanted),
      ...checkFact(name, wanted, seen),
    })),
    ...Object.entries(expected.libs).map(([name, range]) => ({
      name: `libs.${name}`,
      wanted: range,
      ...checkLibrary(name, range, seen.libraries),
    })),
  ]
    .filter(({ holds }) => !holds)
    .map(({ name, wanted, seen: found }) => ({ name, detail: detailOf(name), wanted, seen: found }));
}

function checkFact(name: string, wanted: ExpectedValue, seen: SeenEngine): Check {
  if (name === 'model') return checkModel(String(wanted), seen);
  if (name === 'engine_version') return checkVersion(seen.engineVersion, String(wanted));
  const value = name === 'gpus' ? seen.gpus : factOf(seen.facts, name);
  if (value === null || value === undefined) return notSeen;
  if (name === 'flash_attention_version') return checkVersion(String(value), String(wanted));
  return { holds: isAs(value, wanted), seen: shown(value) };
}

/** The fact of a name in the file's spelling. */
function factOf(facts: EngineFacts, name: string): unknown {
  const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return facts[camel as keyof EngineFacts];
}

/** Numbers by value or range, texts without regard to case, of a list any entry, of a map every name that is given. */
function isAs(value: unknown, wanted: ExpectedValue): boolean {
  if (typeof wanted === 'object') {
    const named = typeof value === 'object' && value !== null ? (value as { [name: string]: unknown }) : {};
    return Object.entries(wanted).every(
      ([name, inner]) => Object.hasOwn(named, name) && isAs(named[name], inner),
    );
  }
  if (typeof value === 'number') {
    return typeof wanted === 'number' ? value === wanted : isNumberIn(value, String(wanted));
  }
  if (Array.isArray(value)) {
    return value.some((entry) => String(entry).toLowerCase().includes(String(wanted).toLowerCase()));
  }
  return String(value).toLowerCase() === String(wanted).toLowerCase();
}

/** The id alone, or with the beginning of the hash that the ledger shows behind it. */
function checkModel(wanted: string, { model, modelCell }: SeenEngine): Check {
  if (model === null) return notSeen;
  const cell = modelCell ?? model;
  const [id = '', hash] = wanted.split('@');
  const [cellId = '', cellHash = ''] = cell.split('@');
  const isId = id === model || id === cellId;
  return { holds: isId && (hash === undefined || (hash !== '' && sameHash(hash, cellHash))), seen: cell };
}

function sameHash(a: string, b: string): boolean {
  return b !== '' && (a.startsWith(b) || b.startsWith(a));
}

function checkVersion(version: string | null, range: string): Check {
  if (version === null) return notSeen;
  return { holds: isVersionIn(version, range) === true, seen: version };
}

/** Every copy that is mapped must lie in the range. */
function checkLibrary(name: string, range: string, libraries: readonly SeenLibrary[] | null): Check {
  const wanted = stem(name);
  const ofName = (libraries ?? []).filter(({ path }) => stem(path) === wanted);
  const versions =
    ofName.length > 0
      ? ofName.map(({ version }) => version)
      : (libraries ?? []).flatMap(({ distribution }) =>
          distribution !== undefined && dashed(distribution.name) === dashed(name)
            ? distribution.version
            : [],
        );
  if (versions.length === 0) return notSeen;
  const texts = [...new Set(versions.map((version) => version ?? 'a version nobody states'))];
  return {
    holds: versions.every((version) => version !== null && isVersionIn(version, range) === true),
    seen: texts.join(' and '),
  };
}

/** `/usr/lib/libcudnn.so.9.1.0` and `libcudnn` -> `cudnn`; `libc-2.31.so` -> `c`. */
function stem(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file
    .replace(/\.so(?:\.[\w.]*)?$/, '')
    .replace(/-\d+(?:\.\d+)+$/, '')
    .replace(/^lib/, '');
}

function dashed(name: string): string {
  return name.toLowerCase().replaceAll(/[_.]+/g, '-');
}

function detailOf(name: string): string {
  const plain = name.replace(/^libs\./, '').toLowerCase();
  return `expect-${plain.replaceAll('_', '-').replaceAll(/[^a-z0-9.+-]+/g, '-')}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
