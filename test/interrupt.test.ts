import { describe, expect, it } from 'vitest';
import { BenchError } from '../src/errors.ts';
import { interruptibly } from '../src/interrupt.ts';

describe('interruptibly', () => {
  it('tells a child that the same Ctrl-C ended as the interruption that it is', async () => {
    const work = interruptibly(async () => {
      process.kill(process.pid, 'SIGINT');
      throw new Error('a child of bench was ended by SIGINT');
    });
    await expect(work).rejects.toMatchObject({ exitCode: 130 });
  });

  it('leaves other errors, and those that know better, as they are', async () => {
    const bug = new Error('a bug');
    await expect(interruptibly(() => Promise.reject(bug))).rejects.toBe(bug);
    const better = new BenchError('no room', { exitCode: 5 });
    await expect(interruptibly(() => Promise.reject(better))).rejects.toBe(better);
  });
});
