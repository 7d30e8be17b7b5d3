import { expect, it } from 'vitest';
import { reportOptions } from '../../src/cli/command.ts';
import type { Stream } from '../../src/world.ts';

const stream = (columns?: number): Stream =>
  ({ write: () => true, isTTY: columns !== undefined, columns }) as unknown as Stream;

it.each<[string, Stream, NodeJS.ProcessEnv, number]>([
  ['the terminal', stream(93), { COLUMNS: '70' }, 93],
  ['at most 120, which is easier to read', stream(300), {}, 120],
  ['COLUMNS where there is no terminal', stream(), { COLUMNS: '70' }, 70],
  ['80 where nothing says more', stream(), {}, 80],
  ['80 also where COLUMNS is no number', stream(), { COLUMNS: 'wide' }, 80],
  ['80 on a terminal that does not know its size', stream(0), {}, 80],
])('a report is as wide as %s', (_name, to, env, columns) => {
  expect(reportOptions(to, env).columns).toBe(columns);
});
