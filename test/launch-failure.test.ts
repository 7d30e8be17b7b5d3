import { expect, it } from 'vitest';
import type { Interrupt } from '../src/interrupt.ts';
import { explainFailure } from '../src/launch-failure.ts';
import { EngineCrash, type EngineDeath } from '../src/supervisor/crash.ts';

const noInterrupt = { exitCode: () => null } as unknown as Interrupt;
const death: EngineDeath = {
  phase: 'load',
  reason: 'engine-error',
  message: 'x exited with code 1 before it was ready.',
  hint: '',
  exit: { code: 1, signal: null },
  lines: [],
};
const alive = { code: null, signal: null };

it.each<[string, Partial<EngineDeath>, boolean]>([
  ['a death without a known cause', {}, true],
  ['a signal', { exit: { code: null, signal: 'SIGSEGV' } }, true],
  ['a library that was not found', { reason: 'missing-library' }, true],
  ['a module that was not found', { reason: 'import-error' }, true],
  ['a driver that was not found', { reason: 'driver' }, true],
  ['a model that was not found', { reason: 'model-missing' }, true],
  ['a first completion that fails', { exit: alive }, true],
  ['another model than was named', { reason: 'model-missing', exit: alive }, false],
  ['another port', { reason: 'wrong-port', exit: alive }, false],
  ['a start that takes too long', { reason: 'ready-timeout', exit: alive }, false],
  ['an engine that went to the background', { reason: 'daemonized' }, false],
  ['a wrong flag', { reason: 'bad-flag' }, false],
  ['a port that was taken', { reason: 'port-taken' }, false],
  ['too little memory', { reason: 'oom-load' }, false],
  ['a SIGKILL of somebody', { reason: 'killed' }, false],
  ['a death in use', { phase: 'run' }, false],
])('whether a missing variable could explain %s', (_name, over, expected) => {
  const crash = { ...death, ...over };
  for (const [error, dead] of [
    [new EngineCrash(crash), null],
    [null, crash],
  ] as const) {
    expect(explainFailure(error, 'starting', noInterrupt, dead)).toMatchObject({
      kind: 'crash',
      detail: crash.reason,
      mayLackEnv: expected,
    });
  }
});

it('no interruption and no failure of the host is explained by a missing variable', () => {
  const interrupted = { exitCode: () => 130, name: () => 'SIGINT' } as unknown as Interrupt;
  expect(explainFailure(new EngineCrash(death), 'starting', interrupted, null).mayLackEnv).toBe(false);
  expect(explainFailure(new Error('disk'), 'starting', noInterrupt, null).mayLackEnv).toBe(false);
});
