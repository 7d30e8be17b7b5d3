import { describe, expect, it } from 'vitest';
import { gpuIsFree } from '../../src/supervisor/gpu-free.ts';
import type { ProcessSeen } from '../../src/supervisor/processes.ts';

const tree = [{ pid: 10 }, { pid: 11 }] as ProcessSeen[];

describe('whether the GPUs are free', () => {
  it('is so when only others use them', async () => {
    expect(await gpuIsFree(async () => [99], tree)).toBe(true);
  });

  it('is waited for: the driver takes memory back late', async () => {
    const answers = [[10], [10, 99], [99]];
    expect(await gpuIsFree(async () => answers.shift() ?? [], tree)).toBe(true);
    expect(answers).toEqual([]);
  });

  it('is given up in the end', async () => {
    expect(await gpuIsFree(async () => [11], tree)).toBe(false);
  });

  it('is not known where nobody can say', async () => {
    expect(await gpuIsFree(null, tree)).toBeNull();
    expect(await gpuIsFree(async () => null, tree)).toBeNull();
  });
});
