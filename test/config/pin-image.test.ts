import { describe, expect, it } from 'vitest';
import { findImage, type WrittenImage } from '../../src/config/pin-image.ts';

const found = (text: string): WrittenImage => {
  const image = findImage(text);
  if (image === null || typeof image === 'string') throw new Error(String(image));
  return image;
};

describe('the image of a file', () => {
  it.each([
    [
      'plain, with comments around',
      '# a\nimage: x:1   # b\nargs: [x:1]\n',
      '# a\nimage: NEW   # b\nargs: [x:1]\n',
    ],
    ['in double quotes', 'image: "x:1"\n', 'image: "NEW"\n'],
    ['in single quotes', "image:    'x:1' # q", "image:    'NEW' # q"],
    [
      'with CRLF and a byte-order mark',
      '\uFEFFa: 1\r\nimage: x:1\r\nb: 2\r\n',
      '\uFEFFa: 1\r\nimage: NEW\r\nb: 2\r\n',
    ],
    ['on the next line', 'image:\n  x:1\nb: 2', 'image:\n  NEW\nb: 2'],
    ['behind a key in quotes', '"image": x:1', '"image": NEW'],
    ['in a flow map', '{engine: vllm, image: x:1, args: []}', '{engine: vllm, image: NEW, args: []}'],
    ['beside an inner key of that name', 'a: { image: y }\nimage: x:1\n', 'a: { image: y }\nimage: NEW\n'],
    ['without an end of line', 'image: x:1', 'image: NEW'],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toMatchObject({ reference: 'x:1' });
    expect(found(text).with('NEW')).toBe(expected);
  });

  it('has a line', () => {
    expect(found('\uFEFF# one\n\nimage: x\n').line).toBe(3);
  });

  it.each(['a: 1', '', '- image: x', 'image_: x'])('is not there: %s', (text) => {
    expect(findImage(text)).toBeNull();
  });

  it.each(['image: |\n  x:1\n', 'a: &i x:1\nimage: *i\n', 'image: [x]', 'image:', 'image: { a: b }'])(
    'that cannot be replaced is a sentence: %s',
    (text) => {
      expect(findImage(text)).toMatch(/^`image:` is/);
    },
  );
});
