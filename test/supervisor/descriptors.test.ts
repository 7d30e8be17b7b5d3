import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { coveredStdio, inheritedFds } from '../../src/supervisor/descriptors.ts';

it('covers what bench itself inherited, and nothing that bench opened', () => {
  const own = openSync('/etc/passwd', 'r');
  const nullFd = openSync('/dev/null', 'r');
  onTestFinished(() => {
    closeSync(own);
    closeSync(nullFd);
  });
  expect(inheritedFds()).not.toContain(own);
  const stdio = coveredStdio<'pipe' | 'ignore'>(['ignore', 'pipe', 'pipe'], nullFd);
  for (const fd of inheritedFds()) expect(stdio[fd]).toBe(nullFd);
  const script = 'for f in /proc/$$/fd/*; do readlink $f; done | sort -u';
  const { stdout } = spawnSync('/bin/sh', ['-c', script], { stdio, encoding: 'utf8' });
  expect(
    stdout.split('\n').filter((line) => line !== '' && line !== '/dev/null' && !/^(pipe|socket):/.test(line)),
  ).toEqual([]);
});
