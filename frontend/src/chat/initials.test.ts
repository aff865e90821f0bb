import { expect, it } from 'vitest';
import { initials } from './initials';

it.each([
  ['Fern & Fable Books', 'FF'],
  ['amara', 'A'],
  ['Łukasz Żak', 'ŁŻ'],
  ['山田 太郎', '山太'],
  ['🙂', ''],
])('abbreviates %s to %s', (name, expected) => {
  expect(initials(name)).toBe(expected);
});
