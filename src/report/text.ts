const escapeCharacter = String.fromCharCode(27);
/** ANSI control sequences (ECMA-48 CSI): colours, cursor movements. */
const escapes = new RegExp(`${escapeCharacter}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

/** Columns that a text takes on a terminal, colours not counted; wide East Asian characters count two. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(escapes, '')) width += wide.test(character) ? 2 : 1;
  return width;
}

/** Printable ASCII: one column a character. */
const plain = /^[ -~]*$/;
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u;

/** A text of others on one line: escape sequences go, other control characters become a space. */
export function printable(text: string): string {
  return text
    .replace(escapes, '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** A plain text cut to a width, its end `…` when something was cut. */
export function clip(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A plain text cut in its middle to a width: names that begin alike, as those of one experiment's variants, stay apart. */
export function clipMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const start = clip(text, Math.ceil((width + 1) / 2));
  const end = clip([...text].reverse().join(''), width - textWidth(start) + 1);
  return start + [...end.slice(0, -1)].reverse().join('');
}

/** The space between a number and its unit, the two ends of a range, or p and its value. */
const insideNumber =
  /(?<=\bp)(?: < | )(?=\d)|(?<=\d) (?=(?:µs|ms|s|tok\/s|%)(?![\w/]))|(?<=\d) (?=… \d)|(?<=\d …) (?=\d)/gu;
const unbroken = '\u00a0';

/** A plain text in lines of at most `width`, broken at spaces; a longer word (a path) and a number with its unit stay whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words(text)) {
    if (line === '') line = word;
    else if (textWidth(line) + 1 + textWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, ...(line === '' ? [] : [line])].map((each) => each.replaceAll(unbroken, ' '));
}

function words(text: string): string[] {
  return text
    .replaceAll(insideNumber, (space) => space.replaceAll(' ', unbroken))
    .split(' ')
    .filter((word) => word !== '');
}

/** A text of others indented by two columns, what does not fit a line by four. */
export function hanging(text: string, columns: number): string[] {
  return wrap(printable(text), Math.max(20, columns - 4)).map(
    (line, index) => `${index === 0 ? '  ' : '    '}${line}`,
  );
}

const labelWidth = 10;

/** `  label     text`, wrapped with the text's own margin; no line when there is no text. */
export function labelled(label: string, text: string, columns: number): string[] {
  const margin = ' '.repeat(labelWidth + 3);
  return wrap(text, Math.max(20, columns - margin.length)).map((line, index) =>
    index === 0 ? `  ${label.padEnd(labelWidth)} ${line}` : `${margin}${line}`,
  );
}
