import type { SweepCell, SweepMetric, SweepResult } from '../verdict/sweep.ts';
import type { HeatCell, HeatMap } from './heat-map.ts';
import {
  cellAt,
  failureOf,
  percent,
  recallParts,
  timeOf,
  timeParts,
  timeText,
  timeTitle,
} from './sweep-words.ts';
import { wrap } from './text.ts';

/** Recall of every arm at every context, on a scale from 0 to all. */
export function recallMap(result: SweepResult): HeatMap {
  return {
    ...mapOf('recall', result, (cell) => {
      const recall = cell?.state === 'done' ? cell.recall : null;
      const [number = '', interval = '', ...spoilt] = recallParts(cell);
      const isFloor = recall !== null && recall.n > 0 && recall.lower <= result.chance;
      const notes = [...spoilt, ...(isFloor ? ['floor'] : [])].join(', ');
      return {
        lines: [number, interval, notes].filter((line) => line !== ''),
        place: recall === null || recall.n === 0 ? null : recall.accuracy,
      };
    }),
    worst: percent(0),
    best: percent(1),
  };
}

/** A time of every arm at every context, on a scale of its logarithm from the worst cell to the best. */
export function timeMap(result: SweepResult, metric: SweepMetric): HeatMap {
  const means = result.cells.flatMap((cell) => timeOf(cell, metric) ?? []);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const [worst, best] = metric === 'decode_tok_s' ? [low, high] : [high, low];
  const place = (mean: number): number =>
    worst === best ? 0.5 : Math.log(mean / worst) / Math.log(best / worst);
  return {
    ...mapOf(timeTitle(metric, result), result, (cell) => {
      const mean = timeOf(cell, metric);
      return { lines: timeParts(cell, metric), place: mean === null ? null : place(mean) };
    }),
    worst: timeText(metric, worst),
    best: timeText(metric, best),
  };
}

function mapOf(
  name: string,
  { arms, contexts, cells }: SweepResult,
  show: (cell: SweepCell | null) => Pick<HeatCell, 'lines' | 'place'>,
): Pick<HeatMap, 'name' | 'columns' | 'rows'> {
  const rows = arms.map(({ label }) => ({
    name: label,
    cells: contexts.map((context) => {
      const cell = cellAt(cells, label, context);
      const { lines, place } = show(cell);
      const isFailed = cell?.state === 'failed';
      const said = isFailed ? (cell.why ?? 'failed') : lines.join(', ');
      return {
        lines: isFailed ? failureLines(cell.why) : lines,
        place,
        isFailed,
        title: `${label} at ${context}: ${said}`,
      };
    }),
  }));
  return { name, columns: contexts, rows };
}

/** What became of a failed cell, and as much of why as it has room for. */
function failureLines(why: string | null): string[] {
  const { word, detail } = failureOf(why);
  const [first, second, more] = wrap(detail, 15);
  return [
    word,
    ...(first === undefined ? [] : [first]),
    ...(second === undefined ? [] : [more === undefined ? second : `${second} …`]),
  ];
}
