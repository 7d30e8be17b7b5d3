import { describe, expect, it } from 'vitest';
import { afterReads, noteRead } from '../../src/measure/after-reads.ts';

const pass = () => new Promise(setImmediate);

describe('decoding gives way to reading', () => {
  it('waits for a pass without reads', async () => {
    const done: string[] = [];
    noteRead();
    afterReads(() => done.push('decoded'));
    for (let i = 0; i < 10; i += 1) {
      await pass();
      expect(done).toEqual([]);
      noteRead();
    }
    await pass();
    await pass();
    expect(done).toEqual(['decoded']);
  });

  it('does one piece a pass, in order, and each piece waits for reads that came meanwhile', async () => {
    const done: number[] = [];
    for (const i of [1, 2, 3]) afterReads(() => done.push(i));
    await pass();
    expect(done).toEqual([1]);
    noteRead();
    await pass();
    expect(done).toEqual([1]);
    await pass();
    await pass();
    expect(done).toEqual([1, 2, 3]);
  });

  it('runs although the reads never stop', async () => {
    let ran = false;
    afterReads(() => {
      ran = true;
    });
    let passes = 0;
    while (!ran && passes < 1000) {
      noteRead();
      await pass();
      passes += 1;
    }
    expect(passes).toBeGreaterThan(100);
    expect(passes).toBeLessThan(1000);
  });

  it('goes on after work that queued more work', async () => {
    const done: string[] = [];
    afterReads(() => {
      done.push('first');
      afterReads(() => done.push('second'));
    });
    await pass();
    await pass();
    await pass();
    expect(done).toEqual(['first', 'second']);
  });
});
