import type { Row } from '../ledger/row.ts';
import type { Metric, MetricName } from '../stats/metric.ts';

/**
 * The results.tsv of karpathy/autoresearch: commit (7 digits), the metric, memory (empty: not measured), status, description. A crash has
 * 0.000000 there; what is missing otherwise stays empty. Rows without a status have no word in it and are left out.
 */
export function* karpathyTsv(metric: string, rows: readonly Row[]): Generator<string> {
  yield `commit\t${metric}\tmemory_gb\tstatus\tdescription\n`;
  for (const row of rows) {
    if (row.status === null) continue;
    const value = row.status === 'crash' ? '0.000000' : (row.value?.toFixed(6) ?? '');
    const cells = [row.commit?.slice(0, 7) ?? '', value, '', row.status, plainText(row.description ?? '')];
    yield `${cells.join('\t')}\n`;
  }
}

/** What launches of a row measured: by metric a value for each launch. */
export interface LaunchValues {
  readonly row: Row;
  readonly values: { readonly [Name in MetricName]?: readonly number[] };
}

/** Units as `benchstat` reads them: seconds, and what a number is of where several have the same unit. */
const units: { readonly [Name in MetricName]: string } = {
  decode_tok_s: 'tok/s',
  ttft_ms: 'ttft-sec/op',
  ttfat_ms: 'ttfat-sec/op',
  tpot_ms: 'tpot-sec/op',
  itl_ms: 'itl-sec/op',
  e2e_ms: 'sec/op',
  e2e_tok_s: 'e2e-tok/s',
};

/**
 * Go's benchmark format (golang.org/design/14313-benchmark-format), for `benchstat -col config`: a block for each experiment with its
 * configuration lines, and in it a line for each launch.
 * @param metrics those to write, with their units in the ledger.
 */
export function* benchstatText(
  metrics: readonly (readonly [MetricName, Metric])[],
  runs: Iterable<LaunchValues>,
): Generator<string> {
  for (const [name, { better }] of metrics) yield `Unit ${units[name]} better=${better}\n`;
  const said = new Map<string, string>();
  for (const { row, values } of runs) {
    const changed = settings(row).filter(([key, value]) => said.get(key) !== value);
    if (changed.length > 0) yield '\n';
    for (const [key, value] of changed) {
      said.set(key, value);
      yield `${key}: ${value}\n`;
    }
    const launches = metrics.reduce((most, [name]) => Math.max(most, values[name]?.length ?? 0), 0);
    for (let launch = 0; launch < launches; launch += 1) {
      const parts = metrics.flatMap(([name, { unit }]) => {
        const value = values[name]?.[launch];
        return value === undefined ? [] : [`${unit === 'ms' ? value / 1000 : value} ${units[name]}`];
      });
      yield `BenchmarkQueries 1 ${parts.join(' ')}\n`;
    }
  }
}

/** The file alone does not name an experiment: it changes. */
function settings(row: Row): [key: string, value: string][] {
  const config = `${row.config ?? 'unknown'}@${row.exp_id?.slice(0, 7) ?? 'unknown'}`;
  return [
    ['engine', plainText([row.engine, row.engine_version].filter((part) => part !== null).join(' '))],
    ['model', plainText(row.model ?? 'unknown')],
    ['hardware', plainText(row.hardware ?? 'unknown')],
    ['workload', row.workload ?? 'unknown'],
    ['config', plainText(config)],
  ];
}

/** On one line, without the quotes that readers of tab-separated files take for more than letters. */
function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll('"', "'")
    .trim();
}
