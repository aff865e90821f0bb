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
    expect(lines.step).toBe('hour');
    expect(lines.delivered).toEqual([0, 4, 0, 0, 2]);
    expect(lines.times[1]).toBe(Date.UTC(2026, 10, 22, 10) / 1000);
  });

  it('adds up the days of many hours', () => {
    const noons = [hour('2026-11-18T12:00:00', 4), hour('2026-11-18T13:00:00', 1), hour('2026-11-22T12:00:00', 2)];
    const lines = linesOf(noons);
    expect(lines.step).toBe('day');
    expect(lines.delivered).toEqual([0, 5, 0, 0, 0, 2]);
    expect(lines.times[1]).toBe(new Date(2026, 10, 18).getTime() / 1000);
  });

  it('has nothing to draw before anything happened', () => {
    expect(linesOf([]).times).toEqual([]);
  });
});
