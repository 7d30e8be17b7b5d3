import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, visit, type YAMLError } from 'yaml';
import type { Place, Problem } from './problem.ts';
import { quote } from './problem.ts';
import { soundsSecret } from './secret-names.ts';
import type { Entry, MapNode, Node, ScalarNode } from './tree.ts';

interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
  place(offset: number): Place;
  readonly problems: Problem[];
  /** Aliases being followed, outermost first: an alias inside its own anchor would never end. */
  readonly open: Set<string>;
  nodes: number;
}

/** Aliases can double a file with every line; no experiment is anywhere near this large. */
const mostNodes = 100_000;

/**
 * YAML 1.2 text -> tree with positions, and what is wrong with it as YAML: duplicate keys, tabs, syntax, a root
 * that is no map. `root` is null when the text is too broken to look further. BOM and CRLF are fine.
 * @param file how the file is called in errors.
 */
export function parseYaml(file: string, textWithBom: string): { root: MapNode | null; problems: Problem[] } {
  const text = textWithBom.replace(/^\uFEFF/, '');
  const document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'error' });
  const source: Source = {
    text,
    document,
    place: placer(file, text),
    problems: [],
    open: new Set(),
    nodes: 0,
  };
  for (const error of document.errors) source.problems.push(yamlProblem(source, error));
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY'))
    return { root: null, problems: source.problems };
  const root = convert(source, document.contents, 0);
  if (root.kind === 'map') return { root, problems: source.problems };
  const what =
    root.kind === 'list'
      ? 'the file is a list'
      : `the file holds ${root.text === '' ? 'nothing' : 'one text'}`;
  source.problems.push({ at: root.at, what, expected: 'keys such as `description: ...` and `engine: ...`' });
  return { root: null, problems: source.problems };
}

function convert(source: Source, node: unknown, fallback: number): Node {
  if (++source.nodes > mostNodes) return blank(source, fallback);
  if (isAlias(node)) return convertAlias(source, node);
  if (isMap(node)) return convertMap(source, node);
  if (isSeq(node)) {
    const start = node.range?.[0] ?? fallback;
    return {
      kind: 'list',
      items: node.items.map((item) => convert(source, item, start)),
      at: source.place(start),
    };
  }
  if (!isScalar(node)) return blank(source, fallback);
  const [start, end] = node.range ?? [fallback, fallback];
  if (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str' && node.tag !== '!') {
    source.problems.push({
      at: source.place(start),
      what: `the tag ${quoteFrom(source, start, node.tag)}`,
      expected: 'a value without a tag',
    });
  }
  const plain = node.type === 'PLAIN' && node.tag === undefined;
  const text = plain ? (node.source ?? '') : String(node.value ?? '');
  return { kind: 'scalar', text, plain, raw: source.text.slice(start, end), at: source.place(start) };
}

function convertMap(
  source: Source,
  node: { items: { key: unknown; value: unknown }[]; range?: readonly number[] | null },
): MapNode {
  const entries = new Map<string, Entry>();
  for (const pair of node.items) {
    const key = convert(source, pair.key, node.range?.[0] ?? 0);
    if (key.kind !== 'scalar') {
      source.problems.push({ at: key.at, what: `a ${key.kind} as a key`, expected: 'a name' });
      continue;
    }
    if (key.plain && key.text === '<<') {
      const expected = 'the keys themselves, or `parent: FILE`: YAML merge keys are not supported';
      source.problems.push({ at: key.at, what: 'the merge key `<<`', expected });
      continue;
    }
    if (key.text === '__proto__') {
      source.problems.push({ at: key.at, what: 'a key named `__proto__`', expected: 'any other name' });
    }
    const end = isScalar(pair.key) ? (pair.key.range?.[1] ?? 0) : 0;
    if (!entries.has(key.text))
      entries.set(key.text, { key: key.at, value: convert(source, pair.value, end) });
  }
  return { kind: 'map', entries, at: source.place(node.range?.[0] ?? 0) };
}

function convertAlias(
  source: Source,
  alias: { source: string; resolve(document: Document): unknown; range?: readonly number[] | null },
): Node {
  const start = alias.range?.[0] ?? 0;
  if (source.open.has(alias.source)) {
    source.problems.push({
      at: source.place(start),
      what: `\`*${alias.source}\` inside its own anchor`,
      expected: 'an alias of something outside',
    });
    return blank(source, start);
  }
  const target = alias.resolve(source.document);
  if (target === undefined) {
    source.problems.push({
      at: source.place(start),
      what: `no anchor ${quoteFrom(source, start, `&${alias.source}`)} before this alias`,
      expected: 'one',
    });
    return blank(source, start);
  }
  source.open.add(alias.source);
  const node = convert(source, target, start);
  source.open.delete(alias.source);
  return node;
}

/** What `key:` with nothing after it holds. */
function blank(source: Source, offset: number): ScalarNode {
  return { kind: 'scalar', text: '', plain: true, raw: '', at: source.place(offset) };
}

function yamlProblem(source: Source, error: YAMLError): Problem {
  const start = error.pos[0];
  const at = source.place(start);
  const { lineStart, line } = lineAt(source, start);
  if (error.code === 'DUPLICATE_KEY') {
    const name = /^[^\s:]+/.exec(source.text.slice(start))?.[0] ?? '';
    return { at, what: `duplicate key ${quote(name)}`, expected: 'each key once' };
  }
  if (error.code === 'TAB_AS_INDENT' || /^\s*\t/.test(line)) {
    const tab = source.place(lineStart + line.indexOf('\t'));
    return { at: tab, what: 'a tab in the indentation', expected: 'spaces' };
  }
  if (error.code === 'MULTIPLE_DOCS')
    return { at, what: 'a second document in the file', expected: 'one experiment' };
  if (error.code === 'MISSING_CHAR' && error.message.startsWith('Missing closing')) {
    return {
      at: source.place(openQuote(source, start)),
      what: 'a quoted text that never ends',
      expected: 'a closing quote',
    };
  }
  // The parser's own words may quote the line too.
  const what = soundsSecret(line)
    ? 'a line that cannot be read (not shown)'
    : `${error.message.split('\n', 1)[0]} at ${quote(line.trim())}`;
  return { at, what, expected: 'valid YAML' };
}

/** A piece of the text, unless its line may hold a secret: a password that begins with `!` or `*` is not taken as text. */
function quoteFrom(source: Source, offset: number, text: string): string {
  return soundsSecret(lineAt(source, offset).line) ? '(not shown)' : quote(text);
}

function lineAt({ text }: Source, offset: number): { lineStart: number; line: string } {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  return { lineStart, line: text.slice(lineStart).split(/\r?\n/, 1)[0] ?? '' };
}

/** Where the last quoted text before an offset begins. */
function openQuote(source: Source, before: number): number {
  let found = before;
  visit(source.document, {
    Scalar: (_, node) => {
      const start = node.range?.[0] ?? before;
      if (node.type?.startsWith('QUOTE') && start < before) found = start;
    },
  });
  return found;
}

/** Offsets -> places; columns are code points, so that one emoji is one column. */
function placer(file: string, text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { file, line: low + 1, column: [...text.slice(starts[low], offset)].length + 1 };
  };
}
