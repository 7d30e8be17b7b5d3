import type { Outcome } from './simulate.ts';
import { percent } from './tables.ts';

const width = 760;
const height = 420;
/** Where the axes end, in pixels. */
const frame = { left: 64, right: 500, top: 48, bottom: 360 };

/** Line styles, one for each rule in turn; the colours are classes, so that the dark ones can differ. */
const styles = ['a', 'a dashed', 'b', 'b dashed', 'c'];

/**
 * Power of each rule against the size of the effect, as an SVG file: a line for each rule, named beside the plot with its
 * share of false keeps, which is where its line begins. Its own background follows the reader's colour scheme.
 * @throws RangeError when there are more rules than line styles.
 */
export function chart(outcomes: readonly Outcome[]): string {
  const rules = [...new Set(outcomes.map(({ rule }) => rule))];
  if (rules.length > styles.length)
    throw new RangeError(`${rules.length} rules, ${styles.length} line styles`);
  const most = Math.max(...outcomes.map(({ effect }) => effect));
  const x = (effect: number): number => frame.left + ((frame.right - frame.left) * effect) / most;
  const lines = rules.map((rule, index) => {
    const points = outcomes
      .filter((one) => one.rule === rule)
      .map(({ effect, better }) => `${x(effect).toFixed(1)},${y(better).toFixed(1)}`);
    return `<polyline class="line ${styles[index]}" points="${points.join(' ')}"/>`;
  });
  const legend = rules.flatMap((rule, index) => {
    const still = outcomes.find((one) => one.rule === rule && one.effect === 0)?.better;
    return legendEntry(rule, still, index);
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    '<title id="title">Share of campaigns that keep, against the size of the effect</title>',
    css,
    `<rect class="ground" width="${width}" height="${height}" rx="6"/>`,
    `<text class="strong" x="${frame.left}" y="28">Share of campaigns that keep, at most 8 pairs</text>`,
    ...grid(most, x),
    `<text x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 42}" text-anchor="middle">effect, in SDs of a pair</text>`,
    ...lines,
    ...legend,
    '</svg>',
  ].join('\n')}\n`;
}

const css = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.strong { font-weight: 600; }
.faint { fill: #59636e; }
.ground { fill: #ffffff; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.power { stroke: #59636e; stroke-width: 1; stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.dashed { stroke-dasharray: 7 5; }
.a { stroke: #0969da; }
.b { stroke: #9a6700; }
.c { stroke: #cf222e; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.faint { fill: #9198a1; }
.ground { fill: #0d1117; }
.grid { stroke: #3d444d; }
.power { stroke: #9198a1; }
.a { stroke: #58a6ff; }
.b { stroke: #e3b341; }
.c { stroke: #ff7b72; }
}
</style>`;

/** In tenths of a pixel. */
function y(share: number): number {
  return Math.round(10 * (frame.bottom - (frame.bottom - frame.top) * share)) / 10;
}

/** Lines at each quarter and each whole SD, and the power that an MDE is stated for. */
function grid(most: number, x: (effect: number) => number): string[] {
  const across = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${y(share)}" y2="${y(share)}"/>`,
    `<text class="faint" x="${frame.left - 8}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  ]);
  const down = Array.from({ length: Math.floor(most) + 1 }, (_, effect) => effect).flatMap((effect) => [
    `<line class="grid" x1="${x(effect)}" x2="${x(effect)}" y1="${frame.top}" y2="${frame.bottom}"/>`,
    `<text class="faint" x="${x(effect)}" y="${frame.bottom + 20}" text-anchor="middle">${effect}</text>`,
  ]);
  const power = [
    `<line class="power" x1="${frame.left}" x2="${frame.right}" y1="${y(0.8)}" y2="${y(0.8)}"/>`,
    `<text class="faint" x="${frame.right - 8}" y="${y(0.8) - 6}" text-anchor="end">80 %, an MDE</text>`,
  ];
  return [...across, ...down, ...power];
}

function legendEntry(rule: string, falseKeeps: number | undefined, index: number): string[] {
  const left = frame.right + 24;
  const at = frame.top + 24 + index * 52;
  const said = falseKeeps === undefined ? [] : [`false keeps ${percent(falseKeeps)}`];
  return [
    `<line class="line ${styles[index]}" x1="${left}" x2="${left + 34}" y1="${at - 4}" y2="${at - 4}"/>`,
    `<text x="${left + 44}" y="${at}">${rule}</text>`,
    ...said.map((text) => `<text class="faint" x="${left + 44}" y="${at + 18}">${text}</text>`),
  ];
}
