import { expect, it } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { parsePythonLiteral } from '../../src/engines/python-literal.ts';

it.each<[string, Json]>([
  ["{'a': 1, 'b': -2.5, 'c': 1e-3}", { a: 1, b: -2.5, c: 0.001 }],
  ["{'a': True, 'b': False, 'c': None}", { a: true, b: false, c: null }],
  [`{'a': "it's", 'b': 'say \\'x\\'', 'c': 'n\\nl'}`, { a: "it's", b: "say 'x'", c: 'n\nl' }],
  ["{'a': ['x', ('y', 1)], 'b': {}, 'c': []}", { a: ['x', ['y', 1]], b: {}, c: [] }],
  ["{'a': {'x', 'y'}}", { a: ['x', 'y'] }],
  ["{1: 'one'}", { '1': 'one' }],
  ["{'a': <Mode.FULL: (2, 1)>, 'b': 1}", { a: '<Mode.FULL: (2, 1)>', b: 1 }],
  ["{'a': Config(x='1, 2', y=[3]), 'b': 1}", { a: "Config(x='1, 2', y=[3])", b: 1 }],
  ["{'a': 1,}", { a: 1 }],
  ["'text'", 'text'],
  ["{'a': 1} and more", null],
])('%s', (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

it('ends on anything', () => {
  for (const text of ['', '{', "{'a'", "{'a':", '[1, ', ')', '{)}', "'open", '{,}', '{:}']) {
    expect(() => parsePythonLiteral(text)).not.toThrow();
  }
});
