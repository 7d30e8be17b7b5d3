import { describe, expect, it } from 'vitest';
import { startPhases } from '../../src/snapshot/phases.ts';

const patterns = [
  { pattern: /loading weights/i, phase: 'weights-loading' },
  { pattern: /graph capturing finished/i, phase: 'graphs-captured' },
];
const at = (ms: number, event: string) => ({ tNs: ms * 1e6, event });

describe('the phases of a start', () => {
  it('are counted from the last spawn: a lost port made another', () => {
    const events = [
      at(5, 'spawn'),
      at(9, 'bound'),
      at(10, 'port-retry'),
      at(20, 'spawn'),
      at(32.5, 'bound'),
      at(40, 'ready'),
    ];
    expect(startPhases(events, [], []).seen).toEqual({ spawn: 0, bound: 12.5, ready: 20 });
  });

  it('are those the log first speaks of', () => {
    const log = [
      { atMs: 100, text: 'Loading weights 1/2' },
      { atMs: 900, text: 'Loading weights 2/2' },
      { atMs: 1500, text: 'Graph capturing finished in 3 s' },
    ];
    expect(startPhases([at(0, 'spawn')], log, patterns)).toEqual({
      seen: { spawn: 0 },
      told: { 'weights-loading': 100, 'graphs-captured': 1500 },
    });
  });

  it('are none where nothing was spawned', () => {
    expect(startPhases([], [], patterns)).toEqual({ seen: {}, told: {} });
  });
});
