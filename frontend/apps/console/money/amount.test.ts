import { describe, expect, it } from 'vitest';
import { microsOf, unitsOf } from './amount';

describe('microsOf', () => {
  it.each([
    ['12.50', '12500000'],
    ['12,5', '12500000'],
    [' 3 ', '3000000'],
    ['0.000001', '1'],
    ['7.', '7000000'],
    ['', null],
    ['-1', null],
    ['1e3', null],
    ['1.0000001', null],
  ])('reads %s as %s', (text, micros) => {
    expect(microsOf(text)).toBe(micros);
  });
});

describe('unitsOf', () => {
  it.each([
    ['12500000', '12.50'],
    ['50000', '0.05'],
    ['1', '0.000001'],
    ['20000000', '20.00'],
  ])('shows %s as %s', (micros, text) => {
    expect(unitsOf(micros)).toBe(text);
    expect(microsOf(text)).toBe(micros);
  });
});
