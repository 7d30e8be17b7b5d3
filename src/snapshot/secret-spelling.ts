/** A backslash, also percent-encoded, also more than once. */
const slash = String.raw`(?:\\|%(?:25)*5[cC])`;
/** What `\u0022` and `\x22` begin with. */
const afterSlash = String.raw`(?<=\\|5[cC])`;

const entities: Readonly<Record<string, string>> = {
  '"': 'quot',
  "'": 'apos',
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
};

/** Too short a piece of base64 would be found in ordinary words. */
const shortestBase64 = 6;

/** One way in which a text may be written. */
export interface Spelling {
  readonly pattern: RegExp;
  /** Stands in every match: where it is not, the pattern need not be tried. */
  readonly anchor: string;
}

/**
 * A text in every way programs write it: as it stands, escaped for JSON, C or Python at any depth (`"`, `\"`, `\\\"`),
 * percent-encoded, as HTML entities, read as latin1, in base64 with anything before and after it. Letters and digits
 * stand for themselves, and a run of white space for any other, since errors are often put on one line.
 * @param text not empty, no white space at its ends.
 */
export function spellingsOf(text: string): Spelling[] {
  const spellings = [{ source: direct(text), anchor: anchorOf(text) }, ...base64(text)];
  return spellings.map(({ source, anchor }) => ({ pattern: new RegExp(source, 'g'), anchor }));
}

/** The longest run of what every spelling leaves as it is. */
function anchorOf(text: string): string {
  const runs = text.match(/[a-z\d]+/gi) ?? [''];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
}

function direct(text: string): string {
  const tokens = text.match(/\\+|[\s\p{Cc}]+|./gsu) ?? [];
  const spelled = tokens.map((token, at) => spell(token, tokens[at - 1] ?? ''));
  // Of a run of backslashes the first is where to begin: from each of them it would take quadratic time.
  const begin = /^[a-z\d]/i.test(text) ? '' : String.raw`(?<!\\)`;
  return begin + spelled.join('');
}

function spell(token: string, before: string): string {
  if (/^[a-z\d]$/i.test(token)) return token;
  if (token.startsWith('\\')) return `${slash}{${token.length},}`;
  if (/^[\s\p{Cc}]/u.test(token)) return whiteSpace;
  // The run of backslashes before it has taken those that escape it.
  const escapes = before.startsWith('\\') ? '' : `${slash}*`;
  return token <= '\x7f' ? `${escapes}(?:${ascii(token)})` : `(?:${beyondAscii(token)})`;
}

/** Whatever stands between two words, escaped or not. */
const whiteSpace = `(?:${[
  String.raw`[\s\x00-\x1f\x7f-\xff\ufffd]`,
  String.raw`%(?:25)*[\da-fA-F]{2}`,
  String.raw`\+`,
  String.raw`&[#\w]+;`,
  String.raw`${slash}*${afterSlash}(?:[abefnrtv0]|x[\da-fA-F]{2}|u[\da-fA-F]{4})`,
].join('|')})+`;

function ascii(character: string): string {
  const code = hex(character.charCodeAt(0), 2);
  const entity = entities[character];
  const html =
    entity === undefined ? [] : [`&(?:amp;)*(?:#0*${character.charCodeAt(0)}|#[xX]0*${code}|${entity});`];
  // The raw one last: `%` and `&` begin their own longer spellings.
  return [
    `%(?:25)*${code}`,
    ...html,
    `${afterSlash}(?:u00|x)${code}`,
    `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ].join('|');
}

function beyondAscii(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const bytes = Buffer.from(character);
  const units = character.split('').map((unit) => unit.charCodeAt(0));
  return [
    character,
    bytes.toString('latin1').replace(/./gs, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`),
    // What a decoder or encoder that does not know it makes of it.
    String.raw`[\ufffd?]+`,
    units.map((unit) => `${slash}+u${hex(unit, 4)}`).join(''),
    `${slash}+U${hex(code, 8)}`,
    String.raw`${slash}+u\{0*${hex(code, 1)}\}`,
    [...bytes].map((byte) => `${slash}+x${hex(byte, 2)}`).join(''),
    ...(code > 0xff ? [] : [`${slash}+x${hex(code, 2)}`]),
    [...bytes].map((byte) => `%(?:25)*${hex(byte, 2)}`).join(''),
    `&(?:amp;)*(?:#0*${code}|#[xX]0*${hex(code, 1)});`,
  ].join('|');
}

/** Hexadecimal digits in either case. */
function hex(code: number, digits: number): string {
  return code
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** By how many bytes stand before it modulo three, the characters that depend on the text alone. */
function base64(text: string): { source: string; anchor: string }[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2]
    .map((shift) => {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      return encoded.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 4) / 3));
    })
    .filter((core) => core.length >= shortestBase64)
    .map((core) => {
      const spelled = core
        .replace(/\+/g, '(?:[+-]|%2[bB])')
        .replace(/\/(?!\\)/g, String.raw`(?:[/_]|\\/|%2[fF])`);
      return { source: `${spelled}[\\w+/-]?`, anchor: anchorOf(core) };
    });
}
