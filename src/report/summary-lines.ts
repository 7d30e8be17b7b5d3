import type { ErrorGroup, Range, Summary, WarmUpSummary, WitnessComparison } from '../stats/summary.ts';
import { formatMs, formatPercent, formatTokS, nothing, plural, significant } from '../units.ts';
import { metricLabel } from './metric-table.ts';
import { clip, labelled, printable } from './text.ts';

/** What stands under the metrics: launches, tokens, endings, errors, warm-up and the second witness. */
export function summaryLines(summary: Summary, columns: number): string[] {
  const lines: [string, string][] = [
    ['launches', betweenLaunches(summary)],
    ['tokens', tokens(summary)],
    ['ended', ended(summary)],
    ['planned', planned(summary)],
    ['errors', errors(summary)],
    ...summary.errors.map((group): [string, string] => ['', example(group, columns)]),
    ['warm-up', warmUp(summary.warmUp)],
    ['witness', witness(summary.witness)],
  ];
  return lines.flatMap(([label, text]) => labelled(label, text, columns));
}

function betweenLaunches({ metrics: { decode_tok_s: decode, ttft_ms: ttft } }: Summary): string {
  const metric = decode ?? ttft;
  if (metric === null || metric.launchSd === null) return '';
  const format = metric === decode ? formatTokS : formatMs;
  const label = metricLabel(metric === decode ? 'decode_tok_s' : 'ttft_ms');
  const values = metric.launchValues.map((value) => significant(value)).join(', ');
  return `${label} ${values}: mean ${format(metric.value)}, sd ${significant(metric.launchSd, 2)} (${formatPercent(metric.launchCv)})`;
}

function tokens({ tokens: { prompt, completion, sources } }: Summary): string {
  if (prompt === null && completion === null) return '';
  const source =
    sources.chunks === undefined
      ? "by the engine's count"
      : sources.usage === undefined
        ? 'counted by chunks'
        : `${plural(sources.chunks, 'request')} counted by chunks`;
  return `prompt ${range(prompt)}, output ${range(completion)}, ${source}`;
}

function range(counts: Range | null): string {
  if (counts === null) return nothing;
  const { min, median, max } = counts;
  return min === max ? `${min} each` : `${min} … ${max} (median ${significant(median)})`;
}

function ended({ finishReasons }: Summary): string {
  return Object.entries(finishReasons)
    .map(([reason, count]) => `${count} ${printable(reason)}`)
    .join(', ');
}

/** Only where not all of them were asked. */
function planned({ planned, requests }: Summary): string {
  if (planned === undefined || planned <= requests) return '';
  return `${plural(planned, 'request')}, of which ${requests} ${requests === 1 ? 'was' : 'were'} asked`;
}

function errors({ requests, failed, errors: groups }: Summary): string {
  if (failed === 0) return requests === 0 ? '' : `none in ${plural(requests, 'request')}`;
  return `${failed} of ${plural(requests, 'request')}: ${groups.map(group).join(', ')}`;
}

function group({ outcome, count, queries }: ErrorGroup): string {
  const more = queries.length > 3 ? ` and ${queries.length - 3} more` : '';
  return `${count} ${outcome} (${queries.slice(0, 3).map(printable).join(', ')}${more})`;
}

/** A line long enough to recognise the failure; the whole text is in the bundle. */
function example({ example: text }: ErrorGroup, columns: number): string {
  return text === null ? '' : clip(printable(text), Math.max(20, columns - 15));
}

function warmUp(launches: readonly WarmUpSummary[]): string {
  const first = launches[0];
  if (first === undefined) return '';
  const which = launches.length > 1 ? ` (first of ${launches.length} launches)` : '';
  if (first.warmTtftMs === null) return `${plural(first.requests, 'request')}, none answered${which}`;
  const cold = `decode ${significantOr(first.coldDecodeTokS)} → ${formatTokS(first.warmDecodeTokS)}`;
  const ttft = `TTFT ${formatMs(first.coldTtftMs)} → ${formatMs(first.warmTtftMs)}`;
  return `${plural(first.requests, 'request')}${first.steady ? '' : ', not steady'}: ${cold}, ${ttft}${which}`;
}

function significantOr(value: number | null): string {
  return value === null ? nothing : significant(value);
}

function witness(comparisons: readonly WitnessComparison[]): string {
  if (comparisons.length === 0) return '';
  const told = comparisons.map(({ metric, clientMs, engineMs }) => {
    const what = { ttft_ms: 'TTFT', decode_ms: 'decode time', itl_ms: 'gap' }[metric];
    return `${what} ${formatMs(engineMs)} (bench ${formatMs(clientMs)})`;
  });
  const agree = comparisons.every((comparison) => comparison.agrees);
  return `the engine's clock says ${told.join(', ')}: ${agree ? 'they agree' : 'they DISAGREE'}`;
}
