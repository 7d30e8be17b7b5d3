import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  compareEnvironment,
  exactEnvironment,
  findCommand,
  requireStartable,
} from '../../src/supervisor/environment.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('findCommand', () => {
  const folder = scratchWith({ 'bin/tool': '#!/bin/sh\n', 'plain/tool': 'no', 'here/tool': '#!/bin/sh\n' });

  it('looks on the PATH it is given, in its order, and on no other', () => {
    expect(findCommand('tool', { PATH: `${folder}/none:${folder}/bin:${folder}/here` }, '/')).toBe(
      `${folder}/bin/tool`,
    );
    expect(() => findCommand('sh', { PATH: `${folder}/bin` }, '/')).toThrow(
      /sh was not found on the PATH of the experiment/,
    );
  });

  it('skips what is not executable, and says so when nothing else is there', () => {
    expect(findCommand('tool', { PATH: `${folder}/plain:${folder}/bin` }, '/')).toBe(`${folder}/bin/tool`);
    expect(() => findCommand('tool', { PATH: `${folder}/plain` }, '/')).toThrow(
      /plain\/tool is not executable/,
    );
  });

  it('needs a path when there is no PATH', () => {
    expect(() => findCommand('sh', {}, '/')).toThrow(/env has no PATH/);
    expect(findCommand('/bin/sh', {}, '/')).toBe('/bin/sh');
  });

  it('takes relative paths and PATH entries from cwd', () => {
    expect(findCommand('bin/tool', {}, folder)).toBe(`${folder}/bin/tool`);
    expect(findCommand('./tool', {}, `${folder}/here`)).toBe(`${folder}/here/tool`);
    expect(findCommand('tool', { PATH: 'none:bin' }, folder)).toBe(`${folder}/bin/tool`);
    expect(findCommand('tool', { PATH: 'none:' }, `${folder}/here`)).toBe(`${folder}/here/tool`);
  });

  it('refuses a folder, nothing, and a script whose interpreter is gone, with exit code 2', () => {
    const broken = scratchWith({ moved: '#!/no/such/python\n' });
    for (const [cmd, message] of [
      [`${folder}/bin`, /not a file/],
      [`${folder}/nothing`, /not there/],
      ['', /empty/],
      [`${broken}/moved`, /script for \/no\/such\/python/],
    ] as const) {
      expect(() => findCommand(cmd, {}, '/')).toThrow(message);
      expect(() => findCommand(cmd, {}, '/')).toThrow(expect.objectContaining({ exitCode: 2 }));
    }
  });
});

describe('requireStartable', () => {
  it('refuses what no process can have', () => {
    expect(() => requireStartable(['a\0b'], {}, '/')).toThrow(/NUL/);
    expect(() => requireStartable(['a'], { 'A=B': '' }, '/')).toThrow(/cannot be the name/);
    expect(() => requireStartable(['a'], { A: 'b\0c' }, '/')).toThrow(/value of A/);
    expect(() => requireStartable(['a'], {}, '/no/such/folder')).toThrow(/not a directory/);
    expect(requireStartable(['a'], { 'a.b': '', 'C-D': 'ü' }, '/')).toBeUndefined();
  });
});

describe('the environment of a child', () => {
  const name = fc.stringMatching(/^[A-Za-z_.][A-Za-z0-9_.-]{0,8}$/);
  const value = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));

  it('is exactly what was given, whatever names and values', async () => {
    process.env.NODE_V8_COVERAGE = '/tmp/none';
    onTestFinished(() => {
      delete process.env.NODE_V8_COVERAGE;
    });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 5 }), async (env) => {
        const child = spawn('/bin/sleep', ['5'], { env: exactEnvironment(env), stdio: 'ignore' });
        try {
          expect(compareEnvironment(child.pid ?? 0, env)).toBeNull();
        } finally {
          child.kill('SIGKILL');
        }
      }),
      { numRuns: 20 },
    );
  });

  it('says what differs', () => {
    const child = spawn('/bin/sleep', ['5'], { env: { A: '1', B: '2', LEAK: 'x' }, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(compareEnvironment(child.pid ?? 0, { A: '1', B: '3', C: '' })).toEqual({
      missing: ['C'],
      added: ['LEAK'],
      changed: ['B'],
    });
  });

  it('says that a process is gone', () => {
    expect(compareEnvironment(2 ** 30, { A: '1' })).toBe('unreadable');
  });
});

function scratchWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-find-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), text.startsWith('#!') ? 0o755 : 0o644);
  }
  return folder;
}
