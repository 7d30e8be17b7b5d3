import { describe, expect, it } from 'vitest';
import { type Json, sha256Hex } from '../../src/canonical.ts';
import { redact, redactText } from '../../src/snapshot/redact.ts';

const secret = 'hf_"s3cr\\t/+=';
const mark = `[redacted ${sha256Hex(secret).slice(0, 12)}]`;

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

  it('knows a secret inside JSON, a URL and base64', () => {
    const text = `${JSON.stringify({ k: secret })} ?k=${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64')}`;
    expect(redactText(text, [secret])).toBe(
      `{"k":"${mark}"} ?k=${mark} ${mark}${/=*$/.exec(Buffer.from(secret).toString('base64'))?.[0]}`,
    );
  });

  it('leaves ordinary words alone when a secret is empty or very short', () => {
    expect(redact({ a: 'a cat', b: 'at' }, ['', 'at'])).toEqual({
      a: 'a cat',
      b: { redacted: true, sha256: sha256Hex('at') },
    });
  });

  it('takes the longer of two secrets first', () => {
    expect(redactText('x-abcdefgh-x', ['abcd', 'abcdefgh'])).toBe(
      `x-[redacted ${sha256Hex('abcdefgh').slice(0, 12)}]-x`,
    );
  });
});
