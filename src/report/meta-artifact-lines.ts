import type { Json } from '../canonical.ts';
import { absentReason, type JsonNode, nodeOf, nodesOf, textIn } from '../json-node.ts';
import { formatBytes, plural } from '../units.ts';
import { cell, known, type MetaSection, named, shortHash } from './meta-lines.ts';
import { drawTable } from './table.ts';

/** Libraries beyond these are in the JSON. */
const mostLibraries = 16;

/** Those whose code computes or moves tokens come first. */
const telling =
  /cuda|cudnn|cublas|nccl|nvrtc|cusparse|torch|triton|flash|ggml|llama|vulkan|tensorrt|nvinfer|mkl|openblas|omp/i;

/** The venv and what is installed in it. */
export function venvSection(document: JsonNode): MetaSection {
  const venv = nodeOf(document.venv);
  const interpreter = nodeOf(venv.interpreter);
  const packages = Object.entries(nodeOf(venv.distributions));
  const size = typeof venv.bytes === 'number' ? formatBytes(venv.bytes) : '';
  return {
    title: 'venv',
    lines: [
      [
        'root',
        named([
          ['', shortHash(venv.root)],
          ['', venv.path],
          ['files', venv.files],
          ['', size],
        ]),
      ],
      [
        'python',
        named([
          ['', venv.python ?? interpreter.version],
          ['', interpreter.path],
          ['sha256', shortHash(interpreter.sha256)],
        ]),
      ],
      [
        'made by',
        named([
          ['', venv.installer],
          ['lock', shortHash(venv.lockSha256)],
        ]),
      ],
      ['packages', packages.map(([name, version]) => `${name} ${known(version)}`).join(', ')],
      ['not copied', Object.keys(nodeOf(venv.direct)).join(', ')],
      ['outside', known(venv.outside) === 'none' ? '' : known(venv.outside)],
    ],
  };
}

/** The image and its runtime. */
export function imageSection(document: JsonNode): MetaSection {
  const image = nodeOf(document.image);
  const runtime = nodeOf(image.runtime);
  return {
    title: 'image',
    lines: [
      ['image', known(image.reference ?? image.name)],
      ['manifest', known(image.manifestDigest)],
      ['config', known(image.configDigest)],
      ['platform', known(image.platform)],
      ['made', known(image.created)],
      ['labels', Object.entries(nodeOf(image.labels)).map(([name, value]) => `${name}=${known(value)}`)],
      [
        'run by',
        named([
          ['', runtime.name],
          ['', runtime.version],
          ['with', runtime.ociRuntime],
          ['cgroup', runtime.cgroupVersion],
        ]),
      ],
    ],
  };
}

/** The mapped libraries as a table, the telling ones first; empty when there are none. */
export function libraryLines(
  document: JsonNode,
  columns: number,
  paint: { strong(text: string): string; faint(text: string): string },
): string[] {
  const libraries = [...nodesOf(document.libraries)].sort((a, b) => rank(a) - rank(b));
  if (libraries.length === 0) return [];
  const shown = libraries.slice(0, mostLibraries);
  const rest = libraries.length - shown.length;
  const table = drawTable(
    [
      { head: 'library', align: 'left', cells: shown.map(nameOf) },
      { head: 'version', align: 'left', cells: shown.map((one) => cell(one, 'version')) },
      { head: 'sha256', align: 'left', cells: shown.map((one) => hashText(one.sha256)), drop: 1 },
      { head: 'of', align: 'left', cells: shown.map(ownerOf), least: 12 },
    ],
    columns - 2,
    paint.faint,
  );
  return [
    '',
    paint.strong(`libraries (${libraries.length})`),
    ...table.map((line) => `  ${line}`),
    ...(rest === 0 ? [] : [paint.faint(`  and ${plural(rest, 'more', 'more')}: --json has them all`)]),
  ];
}

function rank(library: JsonNode): number {
  return telling.test(nameOf(library)) ? 0 : library.distribution === undefined ? 2 : 1;
}

function nameOf(library: JsonNode): string {
  const path = textIn(library, 'path');
  return path.slice(path.lastIndexOf('/') + 1);
}

function hashText(hash: Json | undefined): string {
  return absentReason(hash) === null ? shortHash(hash) : 'not read';
}

/** The wheel, else the folder. */
function ownerOf(library: JsonNode): string {
  const { name, version } = nodeOf(library.distribution);
  const path = textIn(library, 'path');
  return (
    named([
      ['', name],
      ['', version],
    ]).replace(', ', ' ') || path.slice(0, path.lastIndexOf('/'))
  );
}
