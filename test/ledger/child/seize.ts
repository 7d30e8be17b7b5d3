import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLockFile } from '../../../src/ledger/lock-file.ts';

// seize PATH WITNESS ROUNDS: takes the lock file without a queue, as fast as it can; every third time it dies holding it.
const [path = '', witness = '', rounds = '1'] = process.argv.slice(2);
let taken = 0;
while (taken < Number(rounds)) {
  const attempt = tryLockFile(path, { command: 'seize', runId: null }, { ours: true });
  if (attempt.kind !== 'held') {
    await sleep(Math.random() * 3);
    continue;
  }
  mkdirSync(join(witness, 'alone'));
  taken++;
  await sleep(1);
  rmdirSync(join(witness, 'alone'));
  process.stdout.write('held\n');
  if (taken === Number(rounds) && process.pid % 3 === 0) process.kill(process.pid, 'SIGKILL');
  attempt.lock.release();
}
