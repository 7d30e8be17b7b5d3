import type { Json } from '../canonical.ts';
import { type JsonNode, nodesOf, textIn } from '../json-node.ts';

/** What counts of a library: its version, and its bytes when two builds have the same version. */
type LibraryFacts = { readonly version: Json; readonly build: Json; readonly bundle: string };

/** Libraries of one document by the name that both share. */
export type NamedLibraries = { readonly [name: string]: LibraryFacts };

/**
 * Pairs the libraries of two documents: by name without version, wherever they lie. Of several with one name, as when
 * two wheels carry the same library along, equal ones are paired first, then those of one place, then by turn.
 */
export function pairLibraries(a: Json | undefined, b: Json | undefined): [NamedLibraries, NamedLibraries] {
  const [left, right] = [byStem(a), byStem(b)];
  const named: [Record<string, LibraryFacts>, Record<string, LibraryFacts>] = [{}, {}];
  for (const stem of new Set([...left.keys(), ...right.keys()])) {
    const pairs = paired(left.get(stem) ?? [], right.get(stem) ?? []);
    const changed = pairs.filter(([one, other]) => one === undefined || hashOf(one) !== hashOf(other));
    // Those that did not change need no name of their own: nobody reads of them.
    for (const [turn, [one, other]] of changed.entries()) {
      const name = changed.length === 1 ? stem : `${stem} (${turn + 1} of ${changed.length})`;
      if (one !== undefined) named[0][name] = factsOf(one);
      if (other !== undefined) named[1][name] = factsOf(other);
    }
  }
  return named;
}

type LibraryPair = readonly [JsonNode | undefined, JsonNode | undefined];

function paired(a: readonly JsonNode[], b: readonly JsonNode[]): LibraryPair[] {
  const rest = [...b];
  const take = (fits: (one: JsonNode) => boolean): JsonNode | undefined => {
    const at = rest.findIndex(fits);
    return at === -1 ? undefined : rest.splice(at, 1)[0];
  };
  const pairs = new Map<JsonNode, JsonNode | undefined>();
  const rules: ((one: JsonNode, other: JsonNode) => boolean)[] = [
    (one, other) => hashOf(one) !== '' && hashOf(one) === hashOf(other),
    (one, other) => textIn(one, 'path') === textIn(other, 'path'),
    (one, other) => folderOf(one) === folderOf(other),
    () => true,
  ];
  for (const rule of rules) {
    for (const one of a) {
      if (pairs.get(one) !== undefined) continue;
      pairs.set(
        one,
        take((other) => rule(one, other)),
      );
    }
  }
  return [...pairs, ...rest.map((other): LibraryPair => [undefined, other])];
}

function byStem(libraries: Json | undefined): Map<string, JsonNode[]> {
  const groups = new Map<string, JsonNode[]>();
  for (const library of nodesOf(libraries)) {
    const stem = libraryStem(textIn(library, 'path'));
    groups.set(stem, [...(groups.get(stem) ?? []), library]);
  }
  return groups;
}

/**
 * `libcudnn_ops.so.9.1.0` -> `libcudnn_ops`, `libc-2.31.so` -> `libc`; without the hash that auditwheel puts into names
 * (`libgomp-a34b3233.so.1`) and without the interpreter's tag (`_C.cpython-312-x86_64-linux-gnu.so`).
 */
export function libraryStem(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.so(?:\.[\w.]*)?$/, '')
    .replace(/\.(?:cpython|pypy)[\w-]*$|\.abi3$/, '')
    .replace(/-[0-9a-f]{8}$|-\d+(?:\.\d+)+$/, '');
}

function factsOf(library: JsonNode): LibraryFacts {
  const owner = library.distribution as JsonNode | undefined;
  return {
    version: library.version ?? null,
    build: library.sha256 ?? null,
    bundle: owner === undefined ? '' : textIn(owner, 'name'),
  };
}

function hashOf(library: JsonNode | undefined): string {
  return library === undefined ? '' : textIn(library, 'sha256');
}

function folderOf(library: JsonNode): string {
  const path = textIn(library, 'path');
  return path.slice(0, path.lastIndexOf('/')).replace(/\d+/g, '');
}
