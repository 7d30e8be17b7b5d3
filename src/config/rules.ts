import { parseFlags } from './flags.ts';
import { type Problem, quote } from './problem.ts';
import { references } from './template.ts';
import { type MapNode, type Node, nodeAt, type ScalarNode, scalars, textAt } from './tree.ts';

/** What is wrong between the keys of a resolved file: each is fine by itself. */
export function checkRules(root: MapNode): Problem[] {
  return [...checkBelonging(root), ...checkCommand(root), ...checkAddress(root), ...checkImage(root)];
}

const startKeys = [
  'cmd',
  'args',
  'cwd',
  'venv',
  'image',
  'container',
  'prepare',
  'env',
  'files',
  'stop_grace',
  'launches',
];
const openaiKeys = ['base_url', 'api_key'];
const customKeys = ['port_flag', 'host_flag', 'ready'];

function checkBelonging(root: MapNode): Problem[] {
  const engine = textAt(root, 'engine');
  if (engine === undefined) return [];
  const foreign = [
    ...(engine === 'openai' ? startKeys : openaiKeys).map((key) => ({
      key,
      expected:
        engine === 'openai'
          ? 'only base_url, api_key and model: bench neither starts nor stops it'
          : 'it only with engine openai',
    })),
    ...(engine === 'custom' ? [] : customKeys).map((key) => ({
      key,
      expected: 'it only with engine custom',
    })),
  ];
  return foreign.flatMap(({ key, expected }) => {
    const at = root.entries.get(key)?.key;
    return at === undefined ? [] : [{ at, what: `\`${key}\` with engine ${engine}`, expected }];
  });
}

const hostOnly: readonly { key: string; expected: string }[] = [
  { key: 'cmd', expected: 'one of them: the image has its own command' },
  { key: 'venv', expected: 'one of them: the image has its own Python' },
];

function checkCommand(root: MapNode): Problem[] {
  const engine = textAt(root, 'engine');
  if (engine === 'openai') {
    if (root.entries.has('base_url')) return [];
    return [
      {
        at: root.at,
        what: '`base_url` is missing',
        expected: 'where the server runs, such as https://host/v1',
        isAbsence: true,
      },
    ];
  }
  if (!root.entries.has('image')) {
    const stray = root.entries.get('container')?.key;
    return [
      ...(stray === undefined
        ? []
        : [
            {
              at: stray,
              what: '`container` without `image`',
              expected: '`image: name@sha256:digest`',
              isAbsence: true,
            } as const,
          ]),
      ...(root.entries.has('cmd')
        ? []
        : [
            {
              at: root.at,
              what: '`cmd` is missing',
              expected: 'the command that starts the engine, or an `image`',
              isAbsence: true,
            } as const,
          ]),
    ];
  }
  return hostOnly.flatMap(({ key, expected }) => {
    const at = root.entries.get(key)?.key;
    return at === undefined ? [] : [{ at, what: `\`${key}\` beside \`image\``, expected }];
  });
}

/** bench chooses the address, so that two runs can never meet on one port. */
function checkAddress(root: MapNode): Problem[] {
  if (textAt(root, 'engine') === 'openai') return [];
  const nodes = [...tailOf(root), ...itemsOf(root, 'args')].filter(
    (node): node is ScalarNode => node.kind === 'scalar',
  );
  const own = ['port_flag', 'host_flag'].flatMap((key) => textAt(root, key) ?? []);
  const allowed = textAt(root, 'engine') === 'custom' && usesPort(root);
  if (allowed) return [];
  return parseFlags(nodes.map((node) => node.text)).flatMap((piece) => {
    const node = nodes[piece.start];
    if (node === undefined || piece.flag === null) return [];
    if (!['--host', '--port', ...own].includes(piece.flag)) return [];
    const shown = piece.joined || piece.value === null ? node.text : `${piece.flag} ${piece.value}`;
    return [
      { at: node.at, what: `${quote(shown)} in \`args\``, expected: 'it left out: bench adds host and port' },
    ];
  });
}

/** A custom server may name its port its own way; then bench adds nothing. */
function usesPort(root: MapNode): boolean {
  const within = ['cmd', 'args', 'env'].flatMap((key) => nodeAt(root, [key]) ?? []);
  return within.some((node) =>
    [...scalars(node)].some((found) => references(found.node.text).some(({ name }) => name === 'PORT')),
  );
}

function itemsOf(root: MapNode, key: string): readonly Node[] {
  const node = root.entries.get(key)?.value;
  return node?.kind === 'list' ? node.items : [];
}

function tailOf(root: MapNode): readonly Node[] {
  return itemsOf(root, 'cmd').slice(1);
}

function checkImage(root: MapNode): Problem[] {
  const node = nodeAt(root, ['image']);
  if (node === undefined) return [];
  return [...checkPinned(node), ...checkWorkdir(root), ...checkMounts(root)];
}

/** A folder of the container, of which bench knows nothing: only a whole path can be meant. */
function checkWorkdir(root: MapNode): Problem[] {
  const node = nodeAt(root, ['cwd']);
  if (node?.kind !== 'scalar' || node.text === '.' || /^[/$]/.test(node.text)) return [];
  const what = `\`cwd: ${node.text}\` with \`image\``;
  return [{ at: node.at, what, expected: 'an absolute path inside the image, or none' }];
}

function checkMounts(root: MapNode): Problem[] {
  const mounts = nodeAt(root, ['container', 'mounts']);
  if (mounts?.kind !== 'list') return [];
  return mounts.items.flatMap((node) => {
    if (node.kind !== 'scalar' || /^[^:]+:(?:\/|\$)[^:]*(?::[\w,=-]+)?$/.test(node.text)) return [];
    const what = `the mount ${quote(node.text)}`;
    return [{ at: node.at, what, expected: '`HOST:/CONTAINER` or `HOST:/CONTAINER:ro`' }];
  });
}

function checkPinned(node: Node): Problem[] {
  if (node.kind !== 'scalar' || /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(node.text)) return [];
  const name = node.text.replace(/@.*$/, '');
  const what = `the image ${quote(node.text)} has no digest, so it can be another one tomorrow`;
  const expected = `the line \`image: ${name}@sha256:<64 hex digits>\`, which \`bench config pin ${node.at.file}\` finds and writes`;
  return [{ at: node.at, what, expected }];
}
