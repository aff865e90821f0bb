import { expect, it } from 'vitest';
import { hue, initials } from './looks';

it.each([
  ['Fern & Fable Books', 'FF'],
  ['amara', 'A'],
  ['Łukasz Żak', 'ŁŻ'],
  ['山田 太郎', '山太'],
  ['🙂', ''],
])('abbreviates %s to %s', (name, expected) => {
  expect(initials(name)).toBe(expected);
});

it('gives an id one hue, on the circle', () => {
  expect(hue('8123456789012345678')).toBe(hue('8123456789012345678'));
  for (const id of ['', '1', '2', '9223372036854775807']) expect(hue(id)).toBeGreaterThanOrEqual(0);
  expect(hue('1')).not.toBe(hue('2'));
});
