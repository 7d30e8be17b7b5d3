// Controls, the line breaks that some readers split at, and halves of surrogate pairs (UTF-8 has no place for them).
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose.
const unsafe = /[\\\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/gu;
const letters: { readonly [character: string]: string } = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};
const meanings: { readonly [letter: string]: string } = { '\\': '\\', t: '\t', n: '\n', r: '\r' };

/** Text -> a cell: tab, newline, carriage return and backslash as `\t \n \r \\`, other controls as `\uXXXX`. */
export function escapeCell(text: string): string {
  return text.replace(
    unsafe,
    (character) => letters[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A cell -> the text it was made from. Throws an Error naming the first escape it does not know. */
export function unescapeCell(cell: string): string {
  return cell.replace(/\\(u[0-9a-f]{4}|[\s\S]?)/g, (sequence, code: string) => {
    const meaning = meanings[code];
    if (meaning !== undefined) return meaning;
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    throw new Error(`unknown escape ${sequence} (write a backslash as \\\\)`);
  });
}
