import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, sha256Hex } from '../../src/canonical.ts';
import { redact, redactor } from '../../src/snapshot/redact.ts';

const secret = 'hf_"s3cr\\t/+=';
const mark = markOf(secret);

function markOf(text: string): string {
  return `[redacted ${sha256Hex(text).slice(0, 12)}]`;
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const asciiOnly = (text: string): string =>
  inJson(text).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
const asBytes = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join('');
const inUrl = encodeURIComponent;
const everyByteInUrl = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /\w/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
const inHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (letter) =>
    letter === '"' ? '&quot;' : letter === '<' ? '&lt;' : `&#${letter.charCodeAt(0)};`,
  );

/** Names of programs that write a text so: what they make of it, one inside the other. */
const ways: [string, ...((text: string) => string)[]][] = [
  ['as it stands'],
  ['in JSON', inJson],
  ['in JSON in JSON', inJson, inJson],
  ['in JSON in JSON in JSON', inJson, inJson, inJson],
  ['in ASCII JSON', asciiOnly],
  ['in ASCII JSON in ASCII JSON', asciiOnly, asciiOnly],
  ['in ASCII JSON in JSON', asciiOnly, inJson],
  ['as bytes', asBytes],
  ['in a URL', inUrl],
  ['in a URL, byte by byte', everyByteInUrl],
  ['in a URL in a URL', inUrl, inUrl],
  ['in JSON in a URL', inJson, inUrl],
  ['in a URL in JSON', inUrl, inJson],
  ['in ASCII JSON in a URL', asciiOnly, inUrl],
  ['in HTML', inHtml],
  ['in HTML in JSON', inHtml, inJson],
  ['as bytes taken for latin1', (text) => Buffer.from(text).toString('latin1')],
];

describe('redact', () => {
  it('takes a secret out by value: whole, inside, in keys, as a number', () => {
    const document: Json = {
      env: { TOKEN: secret, OTHER: 'fine' },
      argv: ['--api-key', secret, `--header=Authorization: Bearer ${secret}`],
      [`key ${secret}`]: 4242,
    };
    expect(redact(document, [secret, '4242'])).toEqual({
      env: { TOKEN: { redacted: true, sha256: sha256Hex(secret) }, OTHER: 'fine' },
      argv: [
        '--api-key',
        { redacted: true, sha256: sha256Hex(secret) },
        `--header=Authorization: Bearer ${mark}`,
      ],
      [`key ${mark}`]: { redacted: true, sha256: sha256Hex('4242') },
    });
  });

  it('leaves ordinary words alone when a secret is empty or very short', () => {
    expect(redact({ a: 'a cat', b: 'at' }, ['', 'at'])).toEqual({
      a: 'a cat',
      b: { redacted: true, sha256: sha256Hex('at') },
    });
  });
});

describe('redactor', () => {
  it.each(ways)('knows a secret %s', (_name, ...steps) => {
    fc.assert(
      fc.property(secrets(), (each) => {
        const written = steps.reduce((text, step) => step(text), each);
        expect(redactor([each])(`one ${written} two`)).toBe(`one ${markOf(each)} two`);
      }),
      { numRuns: 30 },
    );
  });

  it.each(ways)('knows awkward ones %s', (_name, ...steps) => {
    for (const each of [
      secret,
      'pa"ss',
      '\\\\"q"\\',
      'k\u00e9y-\u{1f511}-\u6771',
      'a b\tc',
      '{"k":"v\\n"}',
    ]) {
      const written = steps.reduce((text, step) => step(text), each);
      expect(redactor([each])(`one ${written} two`)).toBe(`one ${markOf(each)} two`);
    }
  });

  it('leaves of base64 nothing but an edge, whatever stands before the secret and after it', () => {
    const long = `${secret}?~>>\u00ff\u00fe`;
    for (const [before, after] of [
      ['', ''],
      ['u:', ''],
      ['a:b', 'c'],
      ['user:', '@host'],
      ['x', 'yz'],
    ] as const) {
      const bytes = Buffer.from(before + long + after);
      for (const text of [
        bytes.toString('base64'),
        bytes.toString('base64url'),
        inUrl(bytes.toString('base64')),
      ]) {
        const [left = text, right = text] = redactor([long])(text).split(markOf(long));
        const atMost = (size: number): number => Math.ceil((size * 4) / 3) + 4;
        expect(left.length).toBeLessThanOrEqual(atMost(Buffer.byteLength(before)));
        expect(right.length).toBeLessThanOrEqual(atMost(Buffer.byteLength(after)) + 4);
      }
    }
  });

  it('knows a secret that came with a line end, and whose blanks were put in order', () => {
    const clean = redactor(['two  words\tin a key\n']);
    expect(clean('is "two words in a key"')).toBe(`is "${markOf('two  words\tin a key\n')}"`);
  });

  it('knows each line of a secret of many', () => {
    const lines = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkq', 'abc', '-----END KEY-----'];
    const whole = `${lines.join('\n')}\n`;
    const clean = redactor([whole]);
    expect(lines.map((line) => clean(`7 e ${line}`))).toEqual([
      `7 e ${markOf(whole)}`,
      `7 e ${markOf(whole)}`,
      '7 e abc',
      `7 e ${markOf(whole)}`,
    ]);
    expect(clean(JSON.stringify({ key: whole.trim() }))).toBe(`{"key":"${markOf(whole)}"}`);
  });

  it('knows the beginning of a secret at the end of a text that was cut', () => {
    const long = 'sk-proj-0123456789';
    for (let length = 0; length < long.length; length += 1) {
      const text = `it is ${long.slice(0, length)}`;
      expect(redactor([long])(text)).toBe(length < 8 ? text : `it is ${markOf(long)}`);
    }
    expect(redactor([long])('sk-proj- is how they begin')).toBe('sk-proj- is how they begin');
  });

  it('takes the longer of two secrets first', () => {
    expect(redactor(['abcd', 'abcdefgh'])('x-abcdefgh-x')).toBe(`x-${markOf('abcdefgh')}-x`);
  });

  it('leaves every other text as it is', () => {
    const clean = redactor([secret, 'k\u00e9y', '\\\\"q', '']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(clean(`${text.replaceAll('q', '')}`.replaceAll('y', ''))).toBe(
          text.replaceAll('q', '').replaceAll('y', ''),
        );
      }),
    );
  });
});

/** Four characters or more, quotes, backslashes and letters beyond ASCII common; no blank at its ends. */
function secrets(): fc.Arbitrary<string> {
  const unit = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...'aZ09"\\\'/+%&<>=?_-{}$ \t\u00e9\u6771\u{1f511}') },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  );
  return fc
    .array(unit, { minLength: 4, maxLength: 40 })
    .map((units) => units.join(''))
    .filter((text) => text.trim() === text && text.length >= 4 && !/\p{Cs}/u.test(text));
}
