// Run by `npm pack`: writes the commit that an installed bench names in its rows, for no git is beside it there.
// `--remove` takes it away again, so that a checkout always asks git.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './checkout.mjs';

const stamp = join(root, 'dist/packed.json');

/** What the tarball holds beside the program. */
const shipped = ['configs', 'queries', 'docs', 'README.md'];

if (process.argv.includes('--remove')) rmSync(stamp, { force: true });
else await write();

function changes(path) {
  const status = execFileSync('git', ['status', '--porcelain', '--', path], { cwd: root, encoding: 'utf8' });
  return status === ''
    ? []
    : status
        .trimEnd()
        .split('\n')
        .map((line) => ({ path: line.slice(3) }));
}

async function write() {
  const { findDirt, lastBenchCommit } = await import('../dist/src/ledger/dirt.js');
  const { gitEnvironment } = await import('../dist/src/ledger/git.js');
  const env = gitEnvironment(process.env);
  const nothing = { sources: null, own: [], ledgerRoots: [root] };
  const dirt = [
    ...(await findDirt({ env, benchRoot: root, ...nothing })),
    ...shipped.flatMap((path) => changes(path)),
  ];
  const commit = await lastBenchCommit({ root, env });
  if (commit === null || dirt.length > 0) {
    const files = dirt.map(({ path }) => `\n  ${path}`).join('');
    console.error(`bench is packed from a commit only: its rows name that commit.${files}`);
    process.exitCode = 2;
    return;
  }
  writeFileSync(stamp, `${JSON.stringify({ commit })}\n`);
}
