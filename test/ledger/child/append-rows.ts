import { appendRun } from '../../../src/ledger/append.ts';
import { ledgerPlace } from '../../../src/ledger/place.ts';
import { openRepo } from '../../../src/ledger/repo.ts';
import { sampleRecord, sampleRow } from '../sample.ts';

// append-rows ROOT FIRST COUNT: appends rows with serials from FIRST on, and says each number once it is written.
const [root = '', first = '0', count = '1'] = process.argv.slice(2);
const place = ledgerPlace(root, await openRepo(root, process.env));
for (let serial = Number(first); serial < Number(first) + Number(count); serial++) {
  const { row } = await appendRun(place, { row: sampleRow(serial), record: sampleRecord(serial) });
  process.stdout.write(`${row.run_id} ${row.iter}\n`);
}
