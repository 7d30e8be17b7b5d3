import { appendRun } from '../../../src/ledger/append.ts';
import { commitRun } from '../../../src/ledger/commit.ts';
import { ledgerPlace } from '../../../src/ledger/place.ts';
import { openRepo } from '../../../src/ledger/repo.ts';
import { sampleRecord, sampleRow } from '../sample.ts';

// commit-rows ROOT FIRST COUNT: appends and commits rows with serials from FIRST on; Ctrl-C does not stop it.
process.on('SIGINT', () => undefined);
const [root = '', first = '0', count = '1'] = process.argv.slice(2);
const repo = await openRepo(root, process.env);
if (repo.kind !== 'normal') throw new Error(repo.kind);
const place = ledgerPlace(root, repo);
process.stdout.write('ready\n');
for (let serial = Number(first); serial < Number(first) + Number(count); serial++) {
  const { row } = await appendRun(place, { row: sampleRow(serial), record: sampleRecord(serial) });
  const { commit } = await commitRun(repo, place, row);
  process.stdout.write(`${row.run_id} ${commit}\n`);
}
