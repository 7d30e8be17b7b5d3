import { type HeatColour, heatColour } from './heat-colour.ts';
import { clip, clipMiddle } from './text.ts';
import { element, escapeXml } from './xml.ts';

/** One cell: its lines, what to say of it in full, and how it is filled. */
export interface HeatCell {
  /** The first is the number, or what became of it. */
  readonly lines: readonly string[];
  readonly title: string;
  /** On the scale, 0 the worst, 1 the best; null: no number, which is hatched when it failed. */
  readonly place: number | null;
  readonly isFailed: boolean;
}

/** Rows of cells under columns, and what the ends of the scale stand for. */
export interface HeatMap {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly HeatCell[] }[];
  readonly worst: string;
  readonly best: string;
}

const cellWidth = 104;
const cellHeight = 66;
const between = 3;
const headHeight = 22;
const nameHeight = 26;
const rowHeight = nameHeight + cellHeight;
const legendHeight = 48;
/** Of a text of 13 px, a little too wide rather than too narrow. */
const characterWidth = 8;
const lineHeight = 17;
const legendSteps = 12;

/** The fill of failed cells; once in a document, before its maps. */
export const hatch = element(
  'svg',
  { width: 0, height: 0, class: 'hidden', 'aria-hidden': 'true' },
  element(
    'pattern',
    { id: 'hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    element('rect', { width: 8, height: 8, class: 'empty' }),
    element('rect', { width: 3, height: 8, class: 'stripe' }),
  ),
);

/**
 * A heat map as an SVG element of its own size, for a document that has {@link hatch} and styles for the classes `empty`,
 * `stripe`, `name`, `head`, `on-empty`, `number`. A row's name stands above its cells, so that long ones have room.
 */
export function heatMapSvg({ name, columns, rows, worst, best }: HeatMap): string {
  const width = Math.max(320, columns.length * cellWidth);
  const height = headHeight + rows.length * rowHeight + legendHeight;
  return element(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': name },
    ...columns.map((column, at) => textAt(centre(at), 15, 'head', clip(column, 12))),
    ...rows.map((row, index) => {
      const top = headHeight + index * rowHeight;
      return [rowName(row.name, top, width), ...row.cells.map((cell, at) => cellAt(cell, at, top))].join('');
    }),
    legend(worst, best, headHeight + rows.length * rowHeight, width),
  );
}

function rowName(name: string, top: number, width: number): string {
  const shown = clipMiddle(name, Math.floor(width / characterWidth));
  return element(
    'g',
    {},
    element('title', {}, escapeXml(name)),
    element('text', { x: 1, y: top + 18, class: 'name' }, escapeXml(shown)),
  );
}

function cellAt({ lines, title, place, isFailed }: HeatCell, column: number, rowTop: number): string {
  const top = rowTop + nameHeight;
  const colour = place === null ? null : heatColour(place);
  const middle = top + (cellHeight - between) / 2;
  const first = middle - ((lines.length - 1) * lineHeight) / 2 + 5;
  return element(
    'g',
    {},
    element('title', {}, escapeXml(title)),
    element('rect', {
      x: column * cellWidth,
      y: top,
      width: cellWidth - between,
      height: cellHeight - between,
      rx: 4,
      ...(colour === null
        ? { class: isFailed ? 'failed' : 'empty' }
        : { fill: colour.fill, class: 'filled' }),
    }),
    ...lines.map((line, at) => lineText(line, at, centre(column), first + at * lineHeight, colour)),
  );
}

function lineText(line: string, at: number, x: number, y: number, colour: HeatColour | null): string {
  const shown = clip(line, 16);
  const name = at > 0 ? 'detail' : shown.length > 9 ? 'word' : 'number';
  return colour === null
    ? textAt(x, y, `${name} on-empty`, shown)
    : element('text', { x, y, class: name, fill: colour.ink }, escapeXml(shown));
}

function legend(worst: string, best: string, top: number, width: number): string {
  const step = Math.min(20, width / 16);
  const bar = Array.from({ length: legendSteps }, (_, at) =>
    element('rect', {
      x: at * step,
      y: top + 12,
      width: step,
      height: 12,
      fill: heatColour(at / (legendSteps - 1)).fill,
    }),
  );
  const end = legendSteps * step;
  return [
    ...bar,
    element('text', { x: 0, y: top + 40, class: 'legend' }, escapeXml(`worst ${worst}`)),
    element('text', { x: end, y: top + 40, class: 'legend end' }, escapeXml(`best ${best}`)),
  ].join('');
}

function centre(column: number): number {
  return column * cellWidth + (cellWidth - between) / 2;
}

function textAt(x: number, y: number, className: string, text: string): string {
  return element('text', { x, y, class: className }, escapeXml(text));
}
