import { expect, it } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';
import type { World } from '../../src/world.ts';

it('a terminal that does not know its size gets whole lines', () => {
  const written: string[] = [];
  const stderr = { isTTY: true, columns: 0, write: (text: string) => written.push(text) };
  const progress = startProgress({ stderr, env: {} } as unknown as World);
  progress.step('launch: measuring');
  progress.done();
  expect(written.at(-1)).toContain('launch: measuring');
});
