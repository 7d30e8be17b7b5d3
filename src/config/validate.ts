import type { z } from 'zod';
import { configSchemaJson } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import { ambiguity, toValue } from './scalar.ts';
import { settingsSchema } from './schema.ts';
import { soundsSecret } from './secret-names.ts';
import { keyPlace, type MapNode, type Node, nodeAt, type Path } from './tree.ts';

const editsSchema = settingsSchema.pick({ parent: true, set: true, unset: true }).partial().loose();

/** What is wrong with a resolved file by its schema, each with its place. */
export function checkSettings(root: MapNode): Problem[] {
  return problemsOf({ root, schema: settingsSchema });
}

/** What is wrong with `parent`, `set` and `unset`, which a resolved file no longer has. */
export function checkEdits(file: MapNode): Problem[] {
  return problemsOf({ root: file, schema: editsSchema });
}

type Issue = z.core.$ZodIssue;

interface Checked {
  readonly root: MapNode;
  readonly schema: z.ZodType;
}

function problemsOf(checked: Checked): Problem[] {
  const issues = checked.schema.safeParse(toValue(checked.root)).error?.issues ?? [];
  return problemsAt(checked, issues, []);
}

function problemsAt(checked: Checked, issues: readonly Issue[], around: Path): Problem[] {
  const misspelt = misspeltKeys(issues, around);
  return issues
    .filter((issue) => !misspelt.has(keyOf([...around, ...(issue.path as Path)])))
    .flatMap((issue) => issueProblems(checked, issue, around));
}

/** Keys below the root that are there under a slip of a name: the slip says enough, its absence need not be said. */
function misspeltKeys(issues: readonly Issue[], around: Path): Set<string> {
  const found = issues.flatMap((issue) => {
    const path = [...around, ...(issue.path as Path)];
    if (issue.code !== 'unrecognized_keys' || path.length === 0) return [];
    return issue.keys.flatMap((key) => {
      const near = nearest(key, issue.message.split(' '));
      return near === undefined ? [] : [keyOf([...path, near])];
    });
  });
  return new Set(found);
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

function issueProblems(checked: Checked, issue: Issue, around: Path): Problem[] {
  const path = [...around, ...(issue.path as Path)];
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) return problemsAt(checked, branch, path);
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(checked.root, path, key, issue.message.split(' ')));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message;
    const what = `the name ${quote(String(path.at(-1)))} in ${titleOf(path.slice(0, -1))}`;
    return [{ at: keyPlace(checked.root, path), what, expected }];
  }
  return [valueProblem(checked, path, issue)];
}

/** The alternative that the user meant: the one whose own inside is wrong rather than its kind. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => {
    return issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys');
  });
}

function unknownKey(root: MapNode, path: Path, key: string, known: readonly string[]): Problem {
  const at = keyPlace(root, [...path, key]);
  const what = `unknown key ${quote(key)}${path.length === 0 ? '' : ` in ${titleOf(path)}`}`;
  const elsewhere = path.length === 0 ? sectionsWith(key) : [];
  if (elsewhere.length > 0) return { at, what, expected: `it under ${elsewhere.map(quote).join(' or ')}` };
  const near = nearest(key, known);
  return { at, what, expected: near === undefined ? `one of ${known.join(', ')}` : quote(near) };
}

/** Keys of the file whose maps know a key. */
function sectionsWith(key: string): string[] {
  const sections = (configSchemaJson().properties ?? {}) as Record<string, { properties?: object }>;
  return Object.keys(sections).filter((name) => Object.hasOwn(sections[name]?.properties ?? {}, key));
}

function valueProblem(checked: Checked, path: Path, issue: Issue): Problem {
  const { root } = checked;
  const node = nodeAt(root, path);
  const title = titleOf(path);
  const expected = issue.message;
  if (node === undefined)
    return { at: keyPlace(root, path), what: `${title} is missing`, expected, isAbsence: true };
  const { at } = node;
  if (isPrivate(path, node)) {
    return { at, what: `${title} holds something else (not shown)`, expected };
  }
  if (node.kind !== 'scalar') return { at, what: `${title} cannot be a ${node.kind}`, expected };
  if (isOutOfRange(issue)) return { at, what: `${title} is ${quote(node.text)}`, expected };
  const reading = node.plain ? ambiguity(node.text) : null;
  const shown = node.text.trim() === '' ? JSON.stringify(node.text.slice(0, 60)) : quote(node.text);
  if (reading === null) return { at, what: `${title} cannot be ${shown}`, expected };
  const what =
    node.text === '' ? `${title} has no value` : `${title} cannot be ${shown}, which reads as ${reading}`;
  const inQuotes = quotingHelps(checked, path, node.text);
  return { at, what, expected: inQuotes ? `${expected}: ${quoting(node.text, reading)}` : expected };
}

/** Whether what stands there may be a secret, put where a reference to its variable belongs. */
function isPrivate(path: Path, node: Node): boolean {
  if (path[0] === 'api_key' || path.at(-1) === 'secret') return true;
  if (path[0] === 'env' && soundsSecret(String(path[1]))) return true;
  return node.kind === 'scalar' && path[0] === 'base_url' && node.text.includes('@');
}

/** A number, but not one of those that are fine here. */
function isOutOfRange(issue: Issue): boolean {
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return issue.origin === 'number' || issue.origin === 'int';
  return issue.code === 'invalid_type' && issue.expected === 'int';
}

function quoting(text: string, reading: string): string {
  const written = `write ${JSON.stringify(text)}`;
  return reading === 'null' && text !== '' ? `${written} in quotes if the text ${text} is meant` : written;
}

/** Whether the same text in quotes would be right. */
function quotingHelps({ root, schema }: Checked, path: Path, text: string): boolean {
  const value = structuredClone(toValue(root)) as Record<string | number, never>;
  const holder = path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>((inner, step) => inner[step] as never, value);
  holder[path.at(-1) ?? ''] = text;
  const issues = schema.safeParse(value).error?.issues ?? [];
  return !issues.some((issue) => issue.path.join('.') === path.join('.'));
}

/** `workload.limit`; for an item of a list, the list. */
function titleOf(path: Path): string {
  return quote(path.filter((step) => typeof step === 'string').join('.'));
}
