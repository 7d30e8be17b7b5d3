import type { Json } from '../canonical.ts';
import type { Description } from '../config/describe.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawTable, type TableColumn } from './table.ts';
import { printable, textWidth, wrap } from './text.ts';

const gap = 2;
const narrowest = 20;

/** `bench config show`: every value of the resolved experiment with where it comes from. Ends with a newline. */
export function configText(description: Description, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { parents, hints } = description;
  const lines = [
    paint.strong(description.config),
    ...parents.map((parent) => `  inherits ${parent}`),
    '',
    ...valueTable(description, options.columns, paint),
    ...hints.flatMap((hint) => ['', ...wrap(`hint: ${printable(hint)}`, options.columns).map(paint.warn)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Three columns; where they leave a value too little room, its origin stands under it. */
function valueTable(description: Description, columns: number, paint: Paint): string[] {
  const keys = description.values.map(({ path }) => printable(path));
  const values = description.values.map(({ value }) => valueText(value));
  const origins = description.values.map(({ origin }) => shortOrigin(printable(origin), description));
  const beside = columns - widest(keys) - widest(origins) - 2 * gap;
  const isBeside = beside >= narrowest;
  const width = isBeside ? beside : Math.max(narrowest, columns - widest(keys) - gap);
  const cells = values.map((value, index) => {
    const lines = wrap(value, width);
    const origin = wrap(origins[index] ?? '', width - 2).map((line) => paint.faint(`  ${line}`));
    return (isBeside ? lines : [...lines, ...origin]).join('\n');
  });
  const table: TableColumn[] = [
    { head: 'key', align: 'left', cells: keys },
    { head: 'value', align: 'left', cells },
    { head: 'from', align: 'left', cells: origins.map((origin) => paint.faint(origin)) },
  ];
  return drawTable(isBeside ? table : table.slice(0, 2), columns, paint.faint);
}

/** The file itself is named above the table, and so are its parents' folders. */
function shortOrigin(origin: string, { config, parents }: Description): string {
  if (origin.startsWith(`${config}:`)) return `line ${origin.slice(config.length + 1)}`;
  const parent = parents.find((path) => origin.startsWith(`${path}:`));
  return parent === undefined ? origin : origin.slice(parent.lastIndexOf('/') + 1);
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(textWidth));
}

/** Text as it stands; lists and maps as JSON with spaces, so that they wrap. */
function valueText(value: Json): string {
  if (typeof value === 'string' && value !== '') return printable(value);
  return Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : JSON.stringify(value);
}
