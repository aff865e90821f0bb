import { expect, it } from 'vitest';
import { move } from './arrow_keys';

it.each([
  ['ArrowDown', 0, 1],
  ['ArrowDown', 2, 0],
  ['ArrowUp', 0, 2],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['a', 0, null],
])('%s from %i leads to %s of three', (key, at, expected) => {
  expect(move(key, at, 3, false)).toBe(expected);
});

it('mirrors left and right for right-to-left text', () => {
  expect(move('ArrowLeft', 0, 3, true)).toBe(1);
  expect(move('ArrowRight', 0, 3, true)).toBe(2);
});
