import { describe, expect, it } from 'vitest';
import { type DeathFacts, errorLines, explainDeath } from '../../src/supervisor/death.ts';

const facts: DeathFacts = {
  name: 'engine',
  phase: 'load',
  exit: { code: 1, signal: null },
  lines: [],
  causes: [],
  oomKills: 0,
  survivors: 0,
};

const reason = (changes: Partial<DeathFacts>): string => explainDeath({ ...facts, ...changes }).reason;

describe('explainDeath', () => {
  it.each<[Partial<DeathFacts>, string]>([
    [{}, 'engine-error'],
    [{ exit: { code: null, signal: 'SIGKILL' }, oomKills: 1 }, 'oom-host'],
    [{ exit: { code: null, signal: 'SIGKILL' }, oomKills: null }, 'oom-host'],
    [{ exit: { code: null, signal: 'SIGKILL' }, oomKills: 0 }, 'killed'],
    [{ exit: { code: 137, signal: null }, oomKills: 2 }, 'oom-host'],
    [{ exit: { code: 1, signal: null }, oomKills: 1, lines: ['a worker died'] }, 'oom-host'],
    [{ exit: { code: 1, signal: null }, oomKills: 1, lines: ['CUDA out of memory'] }, 'oom-load'],
    [{ exit: { code: null, signal: 'SIGILL' }, lines: ['out of memory'] }, 'illegal-instruction'],
    [{ exit: { code: 132, signal: null } }, 'illegal-instruction'],
    [{ exit: { code: 0, signal: null }, survivors: 2 }, 'daemonized'],
    [{ exit: { code: 1, signal: null }, survivors: 2, lines: ['CUDA out of memory'] }, 'oom-load'],
    [{ lines: ['CUDA out of memory'], phase: 'run' }, 'oom-run'],
    [{ lines: ['terminate called after throwing std::bad_alloc'] }, 'oom-host'],
    [{ lines: ['bind: Address already in use'] }, 'port-taken'],
    [{ lines: ["/lib/libc.so.6: version `GLIBC_2.38' not found"] }, 'missing-library'],
    [{ lines: ['ImportError: libcuda.so.1: cannot open shared object file'] }, 'driver'],
  ])('%j is %s', (changes, expected) => {
    expect(reason(changes)).toBe(expected);
  });

  it('lets the engine speak first and puts its oom in the phase it happened', () => {
    const causes = [{ pattern: /boom/, reason: 'oom-load', hint: 'smaller' }];
    expect(reason({ causes, lines: ['boom', 'ImportError'], phase: 'run' })).toBe('oom-run');
    expect(
      reason({ causes: [{ ...causes[0], pattern: /boom/, reason: 'oom-graph', hint: '' }], lines: ['boom'] }),
    ).toBe('oom-graph');
  });

  it('says what ended, how and when', () => {
    expect(explainDeath(facts).message).toBe('engine exited with code 1 before it was ready.');
    expect(explainDeath({ ...facts, phase: 'run', exit: { code: null, signal: 'SIGSEGV' } }).message).toBe(
      'engine was ended by SIGSEGV while it was in use.',
    );
    expect(explainDeath({ ...facts, exit: { code: 0, signal: null }, survivors: 1 }).message).toBe(
      'engine left 1 process behind and ended before it was ready.',
    );
  });
});

describe('errorLines', () => {
  const noise = Array.from({ length: 30 }, (_, i) => `info ${i}`);

  it('shows the last lines, blank ones left out', () => {
    expect(errorLines(['a', '', ' ', 'b'])).toEqual(['a', 'b']);
    expect(errorLines(noise)).toEqual(noise.slice(-12));
  });

  it('keeps an error that noise came after', () => {
    expect(errorLines(['fatal: no model', ...noise])).toEqual(['fatal: no model', ...noise.slice(-6)]);
  });
});
