import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/cli/progress.ts';
import type { World } from '../../src/world.ts';

/** What a terminal shows after all that was written: carriage returns, lines cleared, the cursor moved up. */
function screenOf(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const [part] of text.replaceAll('\x1b', '␛').matchAll(/␛\[\d*[A-Z]|[\r\n]|[^␛\r\n]+/g)) {
    if (part === '\r') continue;
    if (part === '\n') lines[++row] ??= '';
    else if (part === '␛[2K') lines[row] = '';
    else if (part === '␛[J') lines.splice(row, lines.length, '');
    else if (part.endsWith('A')) row -= Number(part.slice(2, -1));
    else lines[row] += part;
  }
  return lines;
}

function terminal(more: object = {}) {
  const written: string[] = [];
  const stderr = { isTTY: true, columns: 60, rows: 10, write: (text: string) => written.push(text), ...more };
  const progress = startProgress({ stderr, env: {} } as unknown as World);
  const screen = () => screenOf(written.join('')).map((line) => line.replace(/^[⠀-⣿]|\(\d+\.\d s\)/gu, '*'));
  return { progress, written, screen };
}

it('a terminal that does not know its size gets whole lines', () => {
  const { progress, written } = terminal({ columns: 0, rows: 0 });
  progress.step('launch: measuring');
  progress.board?.(['a board']);
  progress.done();
  expect(written.at(-1)).toContain('launch: measuring');
});

describe('a board', () => {
  it('stands between what was written and the live line, and goes at the end', () => {
    const { progress, screen } = terminal();
    progress.board?.(['     1k  2k', 'arm   …   ·']);
    expect(screen()).toEqual(['     1k  2k', 'arm   …   ·', '']);
    progress.step('arm at 1k');
    progress.note('warm');
    expect(screen()).toEqual(['  warm', '     1k  2k', 'arm   …   ·', '* arm at 1k *']);
    progress.board?.(['arm  72 %   …']);
    expect(screen()).toEqual(['  warm', 'arm  72 %   …', '* arm at 1k *']);
    progress.step('arm at 2k');
    expect(screen()).toEqual(['  warm', '✓ arm at 1k *', 'arm  72 %   …', '* arm at 2k *']);
    progress.board?.(['one', 'two', 'three']);
    progress.done();
    expect(screen()).toEqual(['  warm', '✓ arm at 1k *', '✓ arm at 2k *', '']);
  });

  it('is not drawn while time is measured, but with the next detail', () => {
    const { progress, written, screen } = terminal();
    progress.step('measuring', { quiet: true });
    const before = written.length;
    progress.board?.(['arm  …']);
    expect(written).toHaveLength(before);
    progress.detail('2 of 9');
    expect(screen()).toEqual(['arm  …', '* measuring: 2 of 9 *']);
    progress.board?.(['arm  72 %']);
    progress.step('stopping');
    expect(screen()).toEqual(['✓ measuring *', 'arm  72 %', '* stopping *']);
    progress.done();
  });

  it('that is drawn already costs a detail nothing', () => {
    const { progress, written } = terminal();
    progress.board?.(['arm  …']);
    progress.step('measuring', { quiet: true });
    const before = written.length;
    progress.detail('1 of 9');
    expect(written.slice(before).join('')).not.toContain('arm');
    progress.done();
  });

  it('is cut to the terminal, so that it can be drawn over', () => {
    const { progress, screen } = terminal({ rows: 5, columns: 12 });
    progress.step('x');
    progress.board?.(Array.from({ length: 9 }, (_, index) => `line ${index} ${'wide '.repeat(9)}`));
    expect(screen()).toEqual(['line 0 wid…', 'line 1 wid…', 'line 2 wid…', '* x *']);
    progress.board?.([]);
    expect(screen()).toEqual(['* x *']);
    progress.done();
  });

  it.each([
    ['a pipe', { isTTY: false }, {}],
    ['CI', {}, { CI: 'true' }],
  ])('is nothing to %s', (_, stream, env) => {
    const stderr = { isTTY: true, write: () => {}, ...stream };
    expect(startProgress({ stderr, env } as unknown as World).board).toBeUndefined();
  });
});
