import type { Json } from '../canonical.ts';
import { isNode, isSecret, type JsonNode, jsonText, textIn } from '../json-node.ts';
import { formatBytes } from '../units.ts';
import type { ValueKind } from './diff-rule.ts';

/** Longer texts are not set side by side: what came and what went is told. */
const longestValue = 60;
const mostWords = 6;

/** What happened at one place, ready to be said. */
export interface Change {
  readonly subject: string;
  readonly kind: 'changed' | 'added' | 'removed';
  readonly from: Json | undefined;
  readonly to: Json | undefined;
  readonly as: ValueKind | undefined;
  readonly direction: 'up' | 'down' | null;
  /** How an added one is written: `NAME=value`, `--flag value`, `subject value`. */
  readonly style: 'variable' | 'plain';
}

/** `driver 570.86 -> 570.172 (newer)`, `VLLM_USE_V1=1 added`, `HF_TOKEN changed (a secret)`. */
export function changeText(change: Change): string {
  const { subject, kind, as } = change;
  if (kind !== 'changed') return aloneText(change);
  if (isSecret(change.from) && isSecret(change.to)) return `${subject} changed (a secret)`;
  if (as === 'build') return `${subject}: another build of the same version`;
  const [from, to] = [change.from, change.to].map((value) => valueText(value, as) || 'told') as [
    string,
    string,
  ];
  if (withoutSecrets(from) === withoutSecrets(to)) return `${subject} changed (a secret in it)`;
  const newer = as === 'version' && change.direction !== null ? ` (${newness[change.direction]})` : '';
  if (as === 'hash') return `${subject} changed (${from} -> ${to})`;
  if (from.length <= longestValue && to.length <= longestValue) return `${subject} ${from} -> ${to}${newer}`;
  if (!from.includes(' ') && !to.includes(' ') && !isPathList(from))
    return `${subject} ${from} -> ${to}${newer}`;
  return `${subject}${wordsText(change.from, change.to)}`;
}

const newness = { up: 'newer', down: 'older' } as const;

/** A value for people; hashes by their first 12 digits. */
export function valueText(value: Json | undefined, as: ValueKind | undefined): string {
  if (as === 'bytes' && typeof value === 'number') return formatBytes(value);
  if (as === 'hash' && typeof value === 'string') return value.replace(/^sha256:/, '').slice(0, 12);
  return isNode(value) ? jsonText(value) || thingText(value) : jsonText(value);
}

function aloneText({ subject, kind, from, to, as, style }: Change): string {
  const value = kind === 'added' ? to : from;
  const text = value === true || value === '' ? '' : valueText(value, as);
  const shown = text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
  const named = shown === '' ? subject : `${subject}${style === 'variable' ? '=' : ' '}${shown}`;
  return `${named} ${kind}`;
}

/** A thing in a few words: what names or dates it best. */
function thingText(thing: JsonNode): string {
  const hash = textIn(thing, 'sha256') || textIn(thing, 'root') || textIn(thing, 'blob');
  if (hash !== '') return hash.slice(0, 12);
  const telling = ['version', 'model', 'product', 'reference', 'id', 'url', 'path', 'start'];
  return telling.map((name) => textIn(thing, name)).find((text) => text !== '') ?? '';
}

/** `: + mitigations=off, - quiet` */
function wordsText(from: Json | undefined, to: Json | undefined): string {
  const [old, now] = [wordsOf(from), wordsOf(to)];
  const came = now.filter((word) => !old.includes(word)).map((word) => `+ ${word}`);
  const went = old.filter((word) => !now.includes(word)).map((word) => `- ${word}`);
  const words = [...came, ...went];
  if (words.length === 0) return ' changed (the order of its words)';
  const more = words.length > mostWords ? `, and ${words.length - mostWords} more` : '';
  const shown = words
    .slice(0, mostWords)
    .map((word) => (word.length > 100 ? `${word.slice(0, 100)}…` : word));
  return `: ${shown.join(', ')}${more}`;
}

function wordsOf(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.map((item) => valueText(item, undefined));
  const text = valueText(value, undefined);
  return isPathList(text) ? text.split(':') : text.split(' ');
}

/** Search paths are lists by colons. */
function isPathList(text: string): boolean {
  return /^[^\s]*\/[^\s]*:[^\s]*\//.test(text);
}

function withoutSecrets(text: string): string {
  return text.replace(/\[redacted [0-9a-f]{12}\]/g, '[redacted]');
}
