/** The version of the definitions below; part of the fingerprint: numbers of different versions never meet. */
export const metricVersion = 1;

/** A number that a row or `--print` can name. */
export type MetricName =
  | 'decode_tok_s'
  | 'ttft_ms'
  | 'ttfat_ms'
  | 'tpot_ms'
  | 'itl_ms'
  | 'e2e_ms'
  | 'e2e_tok_s';

/** What a metric is; the definition goes into every summary, since names differ between tools. */
export interface Metric {
  readonly unit: 'ms' | 'tok/s';
  readonly better: 'higher' | 'lower';
  readonly definition: string;
}

const perQuery =
  'Per query the median over rounds; the value is the median over queries, then the mean over launches.';

/** Every metric, in the order in which they are shown. */
export const metrics: { readonly [Name in MetricName]: Metric } = {
  decode_tok_s: {
    unit: 'tok/s',
    better: 'higher',
    definition: `Tokens after the first chunk over the time from the first token to the last; where the engine counts no tokens per chunk, (n - 1) over that time (usage-approx). ${perQuery}`,
  },
  ttft_ms: {
    unit: 'ms',
    better: 'lower',
    definition: `Time from the request handed to the kernel to the first non-empty content, reasoning or tool text; a role-only chunk is not a token. ${perQuery}`,
  },
  ttfat_ms: {
    unit: 'ms',
    better: 'lower',
    definition: `Time from the request handed to the kernel to the first answer text after any reasoning. ${perQuery}`,
  },
  tpot_ms: {
    unit: 'ms',
    better: 'lower',
    definition: `Time per output token after the first chunk: the inverse of decode_tok_s. ${perQuery}`,
  },
  itl_ms: {
    unit: 'ms',
    better: 'lower',
    definition:
      "Gaps between token chunks, one for each chunk after the first, pooled over the requests of a launch; the value is the median of the gaps, then the mean over launches. Percentile intervals count a request's gaps as correlated.",
  },
  e2e_ms: {
    unit: 'ms',
    better: 'lower',
    definition: `Time from the request handed to the kernel to the last token. ${perQuery}`,
  },
  e2e_tok_s: {
    unit: 'tok/s',
    better: 'higher',
    definition: `All output tokens over e2e. ${perQuery}`,
  },
};

/** The names, in the order in which they are shown. */
export const metricNames = Object.keys(metrics) as MetricName[];

/** Whether a word names a metric. */
export function isMetricName(word: string): word is MetricName {
  return (metricNames as readonly string[]).includes(word);
}
