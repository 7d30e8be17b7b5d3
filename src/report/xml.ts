import { printable } from './text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text of others in HTML or SVG, between tags or in a quoted attribute. */
export function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** An element around markup; attributes are escaped, the markup is not. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...markup: readonly string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  return markup.length === 0
    ? `<${name}${written.join('')} />`
    : `<${name}${written.join('')}>${markup.join('')}</${name}>`;
}
