// Adds up vitest's JSON reports: `sum.mjs <folder> <status>`. A suite that ended without a report, or a run that
// failed outside a test (lint, types), counts as one failure. Nothing may be skipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, status] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
const passed = sum('numPassedTests');
const skipped = sum('numPendingTests') + sum('numTodoTests');
let failed = sum('numFailedTests');
if (failed === 0 && (status !== '0' || reports.length === 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && skipped === 0 ? 0 : 1;
