import { describe, expect, it } from 'vitest';
import { formats } from './formats';

const now = new Date('2026-11-22T12:00:00Z');
const at = (iso: string) => new Date(iso);
const london = formats('en', ['de-DE', 'en-GB'], 'Europe/London');

describe('formats', () => {
  it('takes the reader’s region only where it speaks the words’ language', () => {
    expect(london.time(at('2026-11-22T21:05:00Z'))).toBe('21:05');
    expect(formats('en', ['de-DE'], 'UTC').time(at('2026-11-22T21:05:00Z'))).toMatch(/^9:05\sPM$/);
  });

  it.each([
    ['2026-11-22T08:00:00Z', 'Today', '08:00'],
    ['2026-11-21T23:59:00Z', 'Yesterday', 'Yesterday'],
    ['2026-11-18T10:00:00Z', 'Wednesday', 'Wed'],
    ['2026-11-01T10:00:00Z', 'Sun 1 November', '1 Nov'],
    ['2025-12-31T10:00:00Z', '31 December 2025', '31/12/2025'],
  ])('names %s as %s over its messages and as %s in the list', (iso, day, inList) => {
    expect(london.day(at(iso), now)).toBe(day);
    expect(london.inList(at(iso), now)).toBe(inList);
  });

  it('counts calendar days of the reader’s zone, not spans of 24 hours', () => {
    const tokyo = formats('en', [], 'Asia/Tokyo');
    expect(tokyo.day(at('2026-11-22T14:59:00Z'), at('2026-11-22T15:01:00Z'))).toBe('Yesterday');
  });

  it('keeps a message of a fast clock in today', () => {
    expect(london.inList(at('2026-11-22T12:00:05Z'), now)).toBe('12:00');
  });

  it('writes micro-units as money', () => {
    expect(london.money(12_340_000, 'GBP')).toBe('£12.34');
    expect(formats('en', ['en-US'], 'UTC').money(1_500_000_000, 'JPY')).toBe('¥1,500');
  });
});
