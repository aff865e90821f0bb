import { describe, expect, it } from 'vitest';
import { bodyOf, draftOf, emptyDraft, handleFrom } from './draft';

const profile = {
  id: '1',
  name: 'Fern & Fable',
  about: '',
  hue: 120,
  handle: 'fern',
  is_verified: true,
  owner_name: 'Fern Ltd',
  owner_country: 'IE',
  greeting: 'Hello',
  get_started: { title: 'Get started', payload: 'START' },
  quick_replies: [{ title: 'Opening hours', payload: 'HOURS' }],
};

it.each([
  ['Café Noir', 'cafe-noir'],
  ['  Fern & Fable Books! ', 'fern-fable-books'],
  ['東京', ''],
  ['A very long name that goes on and on', 'a-very-long-name-that-goes-on-an'],
])('makes of %s the handle %s', (name, handle) => {
  expect(handleFrom(name)).toBe(handle);
});

describe('bodyOf', () => {
  it('keeps the payloads that a program had set', () => {
    expect(bodyOf(draftOf(profile), profile).quick_replies).toEqual(profile.quick_replies);
    expect(bodyOf(draftOf(profile), profile).get_started).toEqual(profile.get_started);
  });

  it('leaves out what is empty', () => {
    const body = bodyOf({ ...emptyDraft(), name: 'A', replies: [' ', 'Hours '] });
    expect(body.get_started).toBeNull();
    expect(body.quick_replies).toEqual([{ title: 'Hours', payload: 'Hours' }]);
  });
});
