import { describe, expect, it } from 'vitest';
import { linesOf } from './hours';

const hour = (at: string, delivered_count: number) => ({
  at,
  delivered_count,
  seen_count: 0,
  replied_count: 0,
  spend_micros: 0,
});

describe('linesOf', () => {
  it('fills quiet hours with zeros, and begins at zero', () => {
    const lines = linesOf([hour('2026-11-22T10:00:00Z', 4), hour('2026-11-22T13:00:00Z', 2)]);
    expect(lines.delivered).toEqual([0, 4, 0, 0, 2]);
    expect(lines.times[1]).toBe(Date.UTC(2026, 10, 22, 10) / 1000);
  });

  it('has nothing to draw before anything happened', () => {
    expect(linesOf([]).times).toEqual([]);
  });
});
