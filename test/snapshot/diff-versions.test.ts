import fc from 'fast-check';
import { expect, it } from 'vitest';
import { argumentView } from '../../src/snapshot/diff-arguments.ts';
import { libraryStem } from '../../src/snapshot/diff-libraries.ts';
import { masked } from '../../src/snapshot/diff-noise.ts';
import { compareVersions } from '../../src/snapshot/diff-versions.ts';

it.each([
  ['570.86', '570.172', -1],
  ['570.86.10', '570.86.9', 1],
  ['9.1', '9.1.0', 0],
  ['v1.2', '1.2', 0],
  ['2.0rc1', '2.0', -1],
  ['2.0', '2.0.post1', -1],
  ['2.0.dev3', '2.0rc1', null],
  ['0.11.0', '0.11.1rc2.dev4+g1a2b3c', -1],
  ['5.15.0-91-generic', '5.15.0-105-generic', -1],
  ['b1-7e4c0a9', 'b1-0f3d2c1', null],
  ['not 1', 'not 2', null],
] as const)('%s against %s is %s', (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
  expect(compareVersions(b, a)).toBe(order === null || order === 0 ? order : -order);
});

it('orders numbers as numbers', () => {
  const version = fc.array(fc.nat(2000), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(version, version, (a, b) => {
      const longest = Math.max(a.length, b.length);
      const at = Array.from({ length: longest }, (_, index) => (a[index] ?? 0) - (b[index] ?? 0)).find(
        (d) => d !== 0,
      );
      expect(compareVersions(a.join('.'), b.join('.'))).toBe(at === undefined ? 0 : Math.sign(at));
    }),
  );
});

it('reads a command line as flags and words', () => {
  const words = [
    '/bin/vllm',
    'serve',
    'm',
    '--a',
    '1',
    '--b=2',
    '--c',
    '--d',
    'x',
    'y',
    '--n',
    '-1',
    '--a',
    '3',
    '-v',
  ];
  expect(argumentView(words)).toEqual({
    program: '/bin/vllm',
    flags: { '--a': ['1', '3'], '--b': '2', '--c': true, '--d': ['x', 'y'], '--n': '-1', '-v': true },
    words: ['serve', 'm'],
  });
});

it.each([
  ['/x/libcudnn_ops.so.9.1.0', 'libcudnn_ops'],
  ['/x/libc-2.31.so', 'libc'],
  ['/x/libgomp-a34b3233.so.1.0.0', 'libgomp'],
  ['/x/_C.cpython-312-x86_64-linux-gnu.so', '_C'],
  ['/x/_C.abi3.so', '_C'],
  ['/usr/bin/llama-server', 'llama-server'],
])('%s is %s', (path, stem) => {
  expect(libraryStem(path)).toBe(stem);
});

it.each([
  ['/tmp/x1/model.gguf', '/tmp/x2/model.gguf', true],
  ['/tmp/x1/a.gguf', '/tmp/x2/b.gguf', false],
  ['/data/tmp/x1/a', '/data/tmp/x2/a', false],
  ['--rpc 127.0.0.1:80', '--rpc 127.0.0.1:81', true],
  ['10.0.0.1:80', '10.0.0.1:81', false],
  ['pid 12', 'pid 13', true],
  ['seed 12', 'seed 13', false],
])('%s and %s differ in noise only: %s', (a, b, isNoise) => {
  expect(masked(a) === masked(b)).toBe(isNoise);
});
