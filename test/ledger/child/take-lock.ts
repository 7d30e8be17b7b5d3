import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireMeasurementLock } from '../../../src/ledger/lock.ts';

// take-lock WITNESS HOLD_MS ROUNDS: queues for the lock of `cpu`, and while it has it owns the directory WITNESS, which
// only one process can make.
const [witness = '', holdMs = '0', rounds = '1'] = process.argv.slice(2);
const signal = new AbortController().signal;
for (let round = 0; round < Number(rounds); round++) {
  const lock = await acquireMeasurementLock({
    env: process.env,
    gpus: [],
    wait: true,
    signal,
    command: 'take-lock',
    runId: null,
    pollMs: 5,
    onWait: () => process.stdout.write('waits\n'),
  });
  mkdirSync(join(witness, 'alone'));
  process.stdout.write(`held ${process.pid}\n`);
  await sleep(Number(holdMs));
  rmdirSync(join(witness, 'alone'));
  lock.release();
}
process.stdout.write('done\n');
