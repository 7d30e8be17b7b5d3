import type { Json } from './canonical.ts';

/** An object of a document whose format may be older or newer than this program. */
export type JsonNode = { readonly [name: string]: Json | undefined };

/** The object itself, or an empty one for anything else: what a document lacks is read as nothing. */
export function nodeOf(value: Json | undefined): JsonNode {
  return isNode(value) ? value : {};
}

/** A member by a name that comes from a document: `valueOf` there is a name, not what every object inherits. */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isNode(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Whether a value is an object with members. */
export function isNode(value: Json | undefined): value is JsonNode {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The list's objects; none for anything else. */
export function nodesOf(value: Json | undefined): readonly JsonNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The list's texts; none for anything else. */
export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** Why a fact is missing; null when it is there. */
export function absentReason(value: Json | undefined): string | null {
  const { absent } = nodeOf(value);
  return typeof absent === 'string' ? absent : null;
}

/** Whether a value was a secret and only its hash is left. */
export function isSecret(value: Json | undefined): boolean {
  return nodeOf(value).redacted === true;
}

/** A text member; empty when it is missing or no text. */
export function textIn(node: JsonNode, name: string): string {
  const value = node[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Any value as people read it: yes and no, lists with commas, `none` for nothing, `not known (reason)` for a fact that
 * could not be had, `a secret` for what was taken out. On one line. Empty for an object with members.
 */
export function jsonText(value: Json | undefined): string {
  if (value === undefined || value === null) return 'none';
  if (isSecret(value)) return 'a secret';
  const reason = absentReason(value);
  if (reason !== null) return `not known (${reason})`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(jsonText).join(', ');
  if (isNode(value)) return Object.keys(value).length === 0 ? 'none' : '';
  return value === '' ? '""' : String(value).replace(/\s+/g, ' ').trim();
}
