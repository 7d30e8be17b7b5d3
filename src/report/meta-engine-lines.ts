import type { Json } from '../canonical.ts';
import {
  absentReason,
  isNode,
  type JsonNode,
  jsonText,
  nodeOf,
  nodesOf,
  textIn,
  textsOf,
} from '../json-node.ts';
import { formatBytes, formatMs, plural } from '../units.ts';
import { assignments, known, type MetaLine, type MetaSection, named, shortHash } from './meta-lines.ts';

/** What ran and what it said of itself. */
export function engineSection(document: JsonNode): MetaSection {
  const engine = nodeOf(document.engine);
  const command = nodeOf(document.command);
  const binary = nodeOf(document.binary);
  const facts = Object.entries(nodeOf(engine.facts)).map(([name, value]): [string, Json | undefined] => [
    words(name),
    value,
  ]);
  return {
    title: 'engine',
    lines: [
      ['engine', `${known(engine.name)} ${known(engine.version)}`.trim()],
      ['artifact', known(document.artifact)],
      [
        'program',
        named([
          ['', binary.realPath ?? binary.path],
          ['sha256', shortHash(binary.sha256)],
        ]),
      ],
      ['command', commandLines(textsOf(command.argv))],
      ['folder', known(command.cwd)],
      ['variables', variables(document)],
      ['shell', known(document.shell)],
      ['it says', named(facts.filter(([, value]) => !isNode(value)))],
      ...facts
        .filter(([, value]) => isNode(value))
        .map(([name, value]): MetaLine => [name, assignments(value)]),
      ['start', startText(document.phases)],
      ['held by', known(document.containment)],
    ],
  };
}

/** Its processes as a tree, with what differs in their environments. */
export function processSection(document: JsonNode): MetaSection {
  const processes = nodesOf(document.processes);
  const pids = new Set(processes.map(({ pid }) => pid));
  const below = (parent: Json | undefined, depth: number): string[] =>
    processes
      .filter(({ ppid, pid }) => ppid === parent && pid !== parent)
      .flatMap((one) => [`${'  '.repeat(depth)}${processText(one)}`, ...below(one.pid, depth + 1)]);
  const tops = processes.filter(({ ppid }) => !pids.has(ppid));
  const lines = tops.flatMap((one) => [processText(one), ...below(one.pid, 1)]);
  return { title: `processes (${processes.length})`, lines: [['pid', lines]] };
}

/** The model's files and revision. */
export function modelSection(document: JsonNode): MetaSection {
  const hub = nodeOf(document.hubModel);
  const files = nodesOf(document.files);
  return {
    title: 'model and files',
    lines: [
      ['served as', known(nodeOf(document.engine).model)],
      [
        'hub',
        named([
          ['', hub.id],
          ['revision', hub.revision],
          ['asked for as', hub.ref],
        ]),
      ],
      ['hub files', hub.files === undefined ? '' : filesText(nodesOf(hub.files))],
      ['files', files.map((file) => fileText(file))],
    ],
  };
}

/** Where the engine keeps what it compiled. */
export function cacheSection(document: JsonNode): MetaSection {
  const caches = nodesOf(document.compileCaches);
  return {
    title: 'compile caches',
    lines: caches.map((cache): MetaLine => {
      const { files, bytes } = nodeOf(cache.now);
      const size = typeof bytes === 'number' ? formatBytes(bytes) : '';
      return [
        textIn(cache, 'start'),
        named([
          ['', cache.path],
          ['files', files],
          ['', size],
        ]),
      ];
    }),
  };
}

/** The program, then a line for each flag with its values. */
function commandLines(argv: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of argv) {
    const isNew = lines.length === 0 || /^--?[A-Za-z]/.test(word);
    if (isNew) lines.push(word === '' ? '""' : word);
    else lines[lines.length - 1] += ` ${/\s|^$/.test(word) ? JSON.stringify(word) : word}`;
  }
  return lines;
}

/** Of the command; older documents have them with the first process alone. */
function variables(document: JsonNode): string[] {
  return assignments(nodeOf(document.command).env ?? nodesOf(document.processes)[0]?.env);
}

function startText(phases: Json | undefined): string {
  const { seen, told } = nodeOf(phases);
  const times = (map: Json | undefined): string[] =>
    Object.entries(nodeOf(map)).flatMap(([phase, ms]) =>
      typeof ms === 'number' && phase !== 'spawn' ? [`${phase} ${formatMs(ms)}`] : [],
    );
  const log = times(told).length === 0 ? '' : `; its log: ${times(told).join(', ')}`;
  return `${times(seen).join(', ')}${log}`;
}

function processText(process: JsonNode): string {
  const ended = absentReason(process.kernel) === null ? '' : ' (had ended)';
  const { added, removed, changed } = nodeOf(process.envFromRoot);
  const differs = [
    ...assignments(added).map((text) => `+${text}`),
    ...textsOf(removed).map((name) => `-${name}`),
    ...Object.entries(nodeOf(changed)).map(([name, change]) => `${name}=${jsonText(nodeOf(change).to)}`),
  ];
  const env = differs.length === 0 ? '' : `  ${differs.join(' ')}`;
  return `${jsonText(process.pid)} ${textIn(process, 'comm')}${ended}${env}`;
}

function filesText(files: readonly JsonNode[]): string {
  const bytes = files.reduce(
    (sum, { sizeBytes }) => sum + (typeof sizeBytes === 'number' ? sizeBytes : 0),
    0,
  );
  return files.length === 0 ? '' : `${plural(files.length, 'file')}, ${formatBytes(bytes)}`;
}

function fileText(file: JsonNode): string {
  const size = typeof file.sizeBytes === 'number' ? formatBytes(file.sizeBytes) : '';
  return named([
    ['', file.path],
    ['', size],
    ['sha256', shortHash(file.sha256)],
  ]);
}

/** `kvCacheTokens` -> `kv cache tokens`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
