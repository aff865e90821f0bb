import { describe, expect, it } from 'vitest';
import { bodyOf, localTime, missingIn, newDraft, seenFor } from './draft';

const suggestion = {
  currency: 'EUR',
  bid_micros: '50000',
  reserve_micros: '20000',
  payer: 'Fern Ltd',
  beneficiary: 'Fern',
  advert_refusal: null,
};
const now = new Date(2026, 10, 22, 9, 5);
const draft = { ...newDraft(suggestion, now), headline: 'Three for two', text: 'Until Sunday', button_title: 'See' };

describe('newDraft', () => {
  it('begins with the suggested bid and a week', () => {
    expect(draft.bid).toBe('0.05');
    expect(draft.ends_at).toBe('2026-11-29T09:05');
    expect(draft.starts_at).toBe('');
  });
});

describe('bodyOf', () => {
  it('sends nulls for what was left out, and micro-units', () => {
    const body = bodyOf({ ...draft, wrote_within_days: 90 });
    expect(body).toMatchObject({ image_url: null, button_url: null, starts_at: null, total_micros: '20000000' });
    expect(body.audience.wrote_within_days).toBe(90);
    expect(new Date(body.ends_at).getTime()).toBe(new Date(2026, 10, 29, 9, 5).getTime());
  });
});

describe('missingIn', () => {
  it('names what a step still needs', () => {
    expect(missingIn('write', { ...draft, headline: ' ' })).toEqual(['headline']);
    expect(missingIn('money', { ...draft, total: 'many' })).toEqual(['total']);
    expect(missingIn('write', draft)).toEqual([]);
  });
});

it('says how many seen messages a total pays for', () => {
  expect(seenFor('20.00', '0.05')).toBe(400);
  expect(seenFor('20.00', '0')).toBeNull();
});

it('writes a local time for a date field', () => {
  expect(localTime(new Date(2026, 0, 5, 7, 3))).toBe('2026-01-05T07:03');
});
