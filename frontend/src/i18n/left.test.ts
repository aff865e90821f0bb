import { expect, it } from 'vitest';
import { timeLeft } from './left';

const minutes = (count: number) => count * 60_000;

it.each([
  [minutes(3 * 1440), '3 days'],
  [minutes(24 * 60), '24 hours'],
  [minutes(119), '1 hour'],
  [minutes(59.5), '60 minutes'],
  [minutes(0.2), '1 minute'],
])('says that %i ms are %s', (ms, expected) => {
  expect(timeLeft(ms)).toBe(expected);
});
