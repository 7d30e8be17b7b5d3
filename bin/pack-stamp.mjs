// Run by `npm pack`: writes the commit that an installed bench names in its rows, for no git is beside it there.
// `--remove` takes it away again, so that a checkout always asks git.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText, root } from './checkout.mjs';

const stamp = join(root, 'dist/packed.json');

if (process.argv.includes('--remove')) rmSync(stamp, { force: true });
else await write();

/** Of what the tarball holds, as package.json lists it, what no commit has. */
function uncommitted() {
  const { files } = JSON.parse(readText('package.json'));
  const args = ['status', '--porcelain', '--', ...files, 'README.md'];
  const lines = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line !== '').map((line) => join(root, line.slice(3)));
}

async function write() {
  const { findDirt, lastBenchCommit } = await import('../dist/src/ledger/dirt.js');
  const { gitEnvironment } = await import('../dist/src/ledger/git.js');
  const env = gitEnvironment(process.env);
  const nothing = { sources: null, own: [], ledgerRoots: [root] };
  const harness = await findDirt({ env, benchRoot: root, ...nothing });
  const dirt = new Set([...harness.map(({ path }) => path), ...uncommitted()]);
  const commit = await lastBenchCommit({ root, env });
  if (commit === null || dirt.size > 0) {
    const files = [...dirt].map((path) => `\n  ${path}`).join('');
    console.error(`bench is packed from a commit only: its rows name that commit.${files}`);
    process.exitCode = 2;
    return;
  }
  writeFileSync(stamp, `${JSON.stringify({ commit })}\n`);
}
