import type { Json } from '../canonical.ts';
import type { Node, Path, ScalarNode } from './tree.ts';

/** Keys whose texts reach a command line or an environment, character by character. */
const verbatimKeys: ReadonlySet<unknown> = new Set([
  'args',
  'set',
  'unset',
  'env',
  'cmd',
  'shell',
  'prepare',
]);

const plainDecimal = /^[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)$/;

/**
 * What a plain scalar could be taken for, by YAML 1.2 or by the older YAML that other tools still speak; null
 * when every reader agrees that it is text.
 */
export function ambiguity(text: string): string | null {
  if (text === '' || /^(?:~|null|Null|NULL)$/.test(text)) return 'null';
  if (/^(?:true|false|yes|no|on|off)$/i.test(text)) return 'a boolean';
  if (plainDecimal.test(text)) return 'a number';
  if (/^[-+]?0[xX][\dA-Fa-f_]+$/.test(text)) return 'a hexadecimal number';
  if (/^[-+]?0[oObB]?\d+$/.test(text) || /^[-+]?0\d+\.\d*$/.test(text)) return 'an octal number';
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$/.test(text)) return 'a number with an exponent';
  if (/^[-+]?\.(?:inf|nan)$/i.test(text)) return 'a number';
  if (/^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt\s])/.test(text)) return 'a date';
  return null;
}

/** Whether a plain scalar in `args` or `env` is taken as written: clearly a text, or a plain decimal number. */
export function isHandedOver(text: string): boolean {
  return plainDecimal.test(text) || ambiguity(text) === null;
}

/** Whether a path leads to a text that is handed to a process as it stands. */
function isVerbatim(path: Path): boolean {
  return verbatimKeys.has(path[0]);
}

/**
 * Tree -> plain values for the schema. Plain decimals are numbers, or their own text where the text is handed
 * over; what is ambiguous becomes NaN or null, which no part of the schema takes.
 */
export function toValue(node: Node, path: Path = []): Json {
  if (node.kind === 'list') return node.items.map((item, index) => toValue(item, [...path, index]));
  if (node.kind === 'scalar') return scalarValue(node, isVerbatim(path));
  return Object.fromEntries(
    [...node.entries].map(([key, entry]) => [key, toValue(entry.value, [...path, key])]),
  );
}

function scalarValue({ plain, text }: ScalarNode, verbatim: boolean): Json {
  const other = plain ? ambiguity(text) : null;
  if (other === null) return text;
  if (other === 'null') return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (plainDecimal.test(text)) return verbatim ? text : Number(text);
  if (!verbatim && (other === 'a boolean' || other === 'a date')) return text;
  return Number.NaN;
}
