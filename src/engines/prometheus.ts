/** One sample of a metrics page. */
export interface MetricSample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

const sampleLine =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?(?:\s+#.*)?$/;
const labelPair = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/**
 * Prometheus text exposition (0.0.4, and OpenMetrics' exemplars) -> samples, in order; comments and lines of any
 * other form are passed over. https://prometheus.io/docs/instrumenting/exposition_formats
 */
export function parseMetrics(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, inside, number] = sampleLine.exec(line.trim()) ?? [];
    if (name === undefined || number === undefined) return [];
    const labels = labelsOf(inside ?? '');
    const value = sampleValue(number);
    return labels === null || value === null ? [] : [{ name, labels, value }];
  });
}

/**
 * The sum of a metric over all its label sets that hold `labels`; of several names for one thing the first that is
 * there. Null when none is.
 */
export function total(
  samples: readonly MetricSample[],
  names: readonly string[],
  labels: { readonly [name: string]: string } = {},
): number | null {
  for (const name of names) {
    const found = samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    if (found.length > 0) return found.reduce((sum, sample) => sum + sample.value, 0);
  }
  return null;
}

/** By how much a counter rose; null when it is not in the later reading, or fell (the engine was another one). */
export function risen(
  before: readonly MetricSample[],
  after: readonly MetricSample[],
  names: readonly string[],
  labels: { readonly [name: string]: string } = {},
): number | null {
  const now = total(after, names, labels);
  if (now === null) return null;
  const rise = now - (total(before, names, labels) ?? 0);
  return rise < 0 ? null : rise;
}

/** Mean of what a histogram observed between two readings, in its own unit, and how many; null when nothing. */
export function meanBetween(
  before: readonly MetricSample[],
  after: readonly MetricSample[],
  names: readonly string[],
): { readonly mean: number; readonly count: number } | null {
  const of = (ending: string): readonly string[] => names.map((name) => `${name}${ending}`);
  const count = risen(before, after, of('_count'));
  const sum = risen(before, after, of('_sum'));
  return count === null || sum === null || count === 0 ? null : { mean: sum / count, count };
}

function labelsOf(inside: string): { [name: string]: string } | null {
  const labels: { [name: string]: string } = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < inside.trimEnd().length) {
    const found = labelPair.exec(inside);
    if (found === null) return null;
    const [, name = '', value = ''] = found;
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function sampleValue(text: string): number | null {
  if (/^[+-]?Inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^NaN$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? null : value;
}
