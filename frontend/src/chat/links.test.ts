import { expect, it } from 'vitest';
import { pieces } from './links';

const addresses = (text: string) => pieces(text).flatMap(({ href }) => href ?? []);

it.each([
  ['See https://fern.example/a?b=1#c now', ['https://fern.example/a?b=1#c']],
  ['(https://fern.example).', ['https://fern.example']],
  ['https://en.example/Tea_(drink), and http://b.example!', ['https://en.example/Tea_(drink)', 'http://b.example']],
  ['javascript:alert(1) ftp://a.example https:// mailto:a@b.example', []],
  ['<https://a.example>', ['https://a.example']],
])('finds the addresses in %s', (text, expected) => {
  expect(addresses(text)).toEqual(expected);
});

it('loses no character', () => {
  const text = '  a https://x.example/?q=(1), b\nhttps://y.example. ';
  expect(
    pieces(text)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});
