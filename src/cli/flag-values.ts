import { durationMs, percent, type sizeBytes } from '../config/schema-parts.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { isMetricName, type MetricName, metricNames } from '../stats/metric.ts';

type NumberSchema = ReturnType<typeof durationMs> | ReturnType<typeof sizeBytes> | ReturnType<typeof percent>;

/** A value in the words of the experiment file. @throws BenchError (exit 2) that names the flag. */
export function readFlag(flag: string, schema: NumberSchema, value: unknown): number {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(flag, value, parsed.error.issues[0]?.message ?? 'something else');
}

/** `10m` -> ms; undefined when the flag was not given. @throws BenchError (exit 2). */
export function durationFlag(flag: string, value: unknown): number | undefined {
  return value === undefined ? undefined : readFlag(flag, durationMs(), value);
}

/** `2%` -> 2; undefined when the flag was not given. @throws BenchError (exit 2). */
export function percentFlag(flag: string, value: unknown): number | undefined {
  return value === undefined ? undefined : readFlag(flag, percent(), value);
}

/** A metric's name; undefined when the flag was not given. @throws BenchError (exit 2) that lists the names. */
export function metricFlag(flag: string, value: unknown): MetricName | undefined {
  if (value === undefined) return undefined;
  const name = String(value);
  if (isMetricName(name)) return name;
  throw new BenchError(`${flag} does not know "${name}"`, {
    exitCode: ExitCode.usage,
    hint: `It knows ${metricNames.join(', ')}.`,
  });
}

/** What a flag should have been. */
export function unreadable(flag: string, value: unknown, expected: string): BenchError {
  return new BenchError(`${flag} "${String(value)}": expected ${expected}`, { exitCode: ExitCode.usage });
}
