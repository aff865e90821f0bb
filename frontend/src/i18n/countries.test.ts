import { expect, it } from 'vitest';
import { countries } from './countries';

it('names countries once each, and nothing that is none', () => {
  const all = countries();
  const codes = all.map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['DE', 'PT', 'JP', 'US', 'XK']));
  expect(codes).not.toContain('EU');
  expect(codes).not.toContain('DD');
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(240);
});
