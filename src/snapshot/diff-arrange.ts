import type { Json } from '../canonical.ts';
import { absentReason, isNode, type JsonNode, nodeOf, nodesOf, textIn } from '../json-node.ts';
import { argumentView } from './diff-arguments.ts';
import { pairLibraries } from './diff-libraries.ts';
import { processRoles } from './diff-processes.ts';

/**
 * Two documents as trees whose places mean the same in both: lists of things become things by name (GPUs, processes,
 * libraries, files, caches, parts), command lines become flags.
 */
export function arrange(a: Json, b: Json): [JsonNode, JsonNode] {
  const roots = [rootOf(nodeOf(a)), rootOf(nodeOf(b))];
  const left = withoutRoot(nodeOf(a), roots[0] ?? roots[1] ?? null);
  const right = withoutRoot(nodeOf(b), roots[1] ?? roots[0] ?? null);
  const libraries = pairLibraries(left.libraries, right.libraries);
  const uuids = gpusOf(left).map((gpu) => textIn(gpu, 'uuid'));
  const both = [left, right].map((document, side) => ({
    ...document,
    ...only('command', document.command, commandOf),
    ...(Array.isArray(document.processes) ? processRoles(document.processes) : {}),
    ...only('libraries', document.libraries, () => libraries[side as 0 | 1]),
    ...only('gpu', document.gpu, (gpu) => gpusByPlace(gpu, side === 0 ? [] : uuids)),
    ...only('gpuState', document.gpuState, (state) => gpusByPlace(state, side === 0 ? [] : uuids)),
    ...only('files', document.files, (files) => keyed(files, fileName)),
    ...only('compileCaches', document.compileCaches, (caches) => keyed(caches, (one) => textIn(one, 'path'))),
    ...only('lshw', document.lshw, partsByPlace),
    ...only('host', document.host, hostView),
    ...only('hubModel', document.hubModel, (hub) =>
      isNode(hub) ? { ...hub, files: keyed(hub.files, (file) => textIn(file, 'path')) } : hub,
    ),
  }));
  return both as unknown as [JsonNode, JsonNode];
}

/** A section in its new form; a missing or absent one stays as it is. */
function only(name: string, section: Json | undefined, view: (section: Json) => Json | JsonNode): JsonNode {
  if (section === undefined || section === null || absentReason(section) !== null) return {};
  return { [name]: view(section) as Json };
}

/** The environment stands with the processes. */
function commandOf(command: Json): JsonNode {
  const { argv, env: _env, envSource: _source, ...rest } = nodeOf(command);
  return { ...rest, ...(Array.isArray(argv) ? argumentView(argv as readonly Json[]) : {}) };
}

function gpusOf(document: JsonNode): readonly JsonNode[] {
  const queried = nodesOf(nodeOf(document.gpu).gpus);
  return queried.length > 0 ? queried : nodesOf(nodeOf(document.gpuState).gpus);
}

/** A GPU has the number that the card of the same UUID has in the other document, else its own. */
function gpusByPlace(section: Json, otherUuids: readonly string[]): JsonNode {
  const node = nodeOf(section);
  if (!Array.isArray(node.gpus)) return node;
  const gpus = nodesOf(node.gpus);
  const known = gpus.map((gpu) => otherUuids.indexOf(textIn(gpu, 'uuid')));
  const free = [...gpus.keys()].filter((place) => !known.includes(place));
  const places = known.map((place) => (place === -1 ? (free.shift() ?? gpus.length) : place));
  const { gpus: _list, ...rest } = node;
  return {
    ...rest,
    gpus: Object.fromEntries(gpus.map((gpu, index) => [String(places[index]), gpuView(gpu)])),
  };
}

/** Whose the processes are and which pids they have is noise; that there are others is not. */
function gpuView(gpu: JsonNode): JsonNode {
  const { processes, eventReasons, ...rest } = gpu;
  return {
    ...rest,
    ...(processes === undefined ? {} : { users: nodesOf(processes).length }),
    // Between two requests every GPU is idle.
    ...(Array.isArray(eventReasons)
      ? { eventReasons: eventReasons.filter((one) => one !== 'gpu_idle') }
      : {}),
  };
}

function hostView(host: Json): JsonNode {
  const node = nodeOf(host);
  const memory = nodeOf(node.memory);
  if (!Array.isArray(memory.numa)) return node;
  return { ...node, memory: { ...memory, numa: keyed(memory.numa, (one) => String(one.node)) } };
}

function partsByPlace(lshw: Json): JsonNode {
  const { parts, leftOut: _count, ...rest } = nodeOf(lshw);
  if (!Array.isArray(parts)) return nodeOf(lshw);
  return {
    ...rest,
    parts: keyed(parts, (part) =>
      [textIn(part, 'class'), textIn(part, 'product') || textIn(part, 'description'), textIn(part, 'place')]
        .filter((word) => word !== '')
        .join(' '),
    ),
  };
}

/** Things by name; those with the name of an earlier one are numbered. */
function keyed(list: Json | undefined, nameOf: (one: JsonNode) => string): JsonNode {
  const named: Record<string, Json> = {};
  for (const one of nodesOf(list)) {
    const name = nameOf(one);
    let free = name;
    for (let turn = 2; Object.hasOwn(named, free); turn += 1) free = `${name} #${turn}`;
    named[free] = one;
  }
  return named;
}

function fileName(file: JsonNode): string {
  const path = textIn(file, 'path');
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * The repository's own folder becomes `$REPO_ROOT`, as it is in records: the same repository elsewhere is the same. It
 * is found by the venv, whose path the document has from the root and whole, else taken to be the engine's
 * folder, else to be where it is in the other document.
 */
function withoutRoot(document: JsonNode, root: string | null): JsonNode {
  if (root === null) return document;
  const whole = new RegExp(`${root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`, 'g');
  return JSON.parse(JSON.stringify(document).replace(whole, () => '$REPO_ROOT')) as JsonNode;
}

function rootOf(document: JsonNode): string | null {
  const venv = textIn(nodeOf(document.venv), 'path');
  const program = textIn(nodeOf(document.binary), 'path');
  const at = venv === '' ? -1 : program.indexOf(`/${venv}/`);
  if (at > 0) return program.slice(0, at);
  const cwd = textIn(nodeOf(document.command), 'cwd');
  return /^\/[^"\\/]+\/[^"\\]+/.test(cwd) ? cwd : null;
}
