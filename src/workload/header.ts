import { CellError, quoted } from './cell-error.ts';
import { decodeCell } from './decode.ts';

/** The columns of a query file, by position. */
export interface Header {
  readonly names: readonly string[];
  readonly kind: 'prompt' | 'body';
}

const known = ['id', 'prompt', 'system', 'max_tokens', 'body'];

/**
 * Reads and checks the header of a query file: exactly one of `prompt` and `body`, every name once. Spaces
 * around a name do not count.
 * @throws CellError
 */
export function parseHeader(cells: readonly Uint8Array[]): Header {
  if (isUtf16(cells[0])) {
    throw new CellError(null, 'the file is UTF-16; expected UTF-8; save it as "CSV UTF-8"');
  }
  const names = cells.map((cell, index) => decodeCell(cell, String(index + 1)).trim());
  refuseBadNames(names);
  return { names, kind: kindOf(names) };
}

function isUtf16(first: Uint8Array | undefined): boolean {
  return (
    first !== undefined &&
    ((first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff))
  );
}

function refuseBadNames(names: readonly string[]): void {
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (name === '' && names.length > 1) {
      throw new CellError(
        String(index + 1),
        'the column has no name; expected one; name it, or delete the column',
      );
    }
    if (first !== index) {
      throw new CellError(
        name,
        `columns ${first + 1} and ${index + 1} are both named ${quoted(name)}; expected each name once; rename one`,
      );
    }
  });
}

function kindOf(names: readonly string[]): 'prompt' | 'body' {
  const hasPrompt = names.includes('prompt');
  const hasBody = names.includes('body');
  if (hasPrompt && hasBody) {
    throw new CellError(
      null,
      'there is a `prompt` and a `body` column; expected one of them; split the file in two, or rename one',
    );
  }
  if (!hasPrompt && !hasBody) throw new CellError(null, missingColumn(names));
  const inside = names.find((name) => name === 'system' || name === 'max_tokens');
  if (hasBody && inside !== undefined) {
    throw new CellError(
      inside,
      `a \`${inside}\` column stands beside \`body\`; expected it inside each body; move it there, or rename the column`,
    );
  }
  return hasPrompt ? 'prompt' : 'body';
}

function missingColumn(names: readonly string[]): string {
  const found = `there is no \`prompt\` and no \`body\` column (found ${quoted(names.join(', '), 80)})`;
  const misspelt = names.find((name) => known.includes(name.toLowerCase()) && !known.includes(name));
  if (misspelt !== undefined) {
    return `${found}; expected one of them; rename ${quoted(misspelt)} to ${quoted(misspelt.toLowerCase())}`;
  }
  const separator = names.length === 1 ? [';', '\t'].find((mark) => names[0]?.includes(mark)) : undefined;
  if (separator !== undefined) {
    return `${found}; expected commas between columns, not ${quoted(separator)}; save the file comma-separated`;
  }
  return `${found}; expected one of them; name the column that holds the question \`prompt\``;
}
