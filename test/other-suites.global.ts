import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Says in one line what `npm test` leaves out: what needs minutes, gigabytes or programs of its own. */
export function setup(): void {
  const file = join(resolve(import.meta.dirname, '..'), 'package.json');
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: { [name: string]: string } };
  const others = Object.keys(scripts).filter((name) => name.startsWith('test:'));
  process.stderr.write(`Skipped here, each a suite of its own: npm run ${others.join(', npm run ')}\n`);
}
