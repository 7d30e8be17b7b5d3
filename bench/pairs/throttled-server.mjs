#!/usr/bin/env node
/**
 * Starts the server that LLAMA_SERVER names and holds it still for a share of the time (THROTTLE, 0 to 0.9) by SIGSTOP and
 * SIGCONT: an engine that is slower by a known part, for measuring whether bench sees it. Everything takes 1 / (1 - share)
 * as long.
 */
import { spawn } from 'node:child_process';

const periodMs = 10;
const share = Number(process.env.THROTTLE ?? 0);
const child = spawn(process.env.LLAMA_SERVER ?? 'llama-server', process.argv.slice(2), { stdio: 'inherit' });
const cell = new Int32Array(new SharedArrayBuffer(4));
let startedMs = Date.now();
let heldMs = 0;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
if (share > 0) setTimeout(turn, periodMs);

function turn() {
  const due = share * (Date.now() - startedMs + periodMs) - heldMs;
  // After a pause of the machine it starts anew instead of making up for it.
  if (due > 10 * periodMs) [startedMs, heldMs] = [Date.now(), 0];
  else if (due > 0.2) {
    const from = Date.now();
    child.kill('SIGSTOP');
    Atomics.wait(cell, 0, 0, due);
    child.kill('SIGCONT');
    // Whole milliseconds, but at any phase: right on average.
    heldMs += Date.now() - from;
  }
  setTimeout(turn, periodMs * (1 - share));
}
