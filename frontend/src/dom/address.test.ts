import { expect, it } from 'vitest';
import { matched } from './address.svelte';

it.each([
  ['/inbox', '/inbox', {}],
  ['/inbox/:thread', '/inbox/12', { thread: '12' }],
  ['/offers/:offer/edit', '/offers/7/edit', { offer: '7' }],
  ['/invitation/:token', '/invitation/a%2Bb', { token: 'a+b' }],
  ['/inbox/:thread', '/inbox', null],
  ['/inbox/:thread', '/inbox/12/more', null],
  ['/inbox/:thread', '/offers/12', null],
  ['/inbox/:thread', '/inbox/%E0%A4%A', null],
])('fits %s to %s', (pattern, path, parts) => {
  expect(matched(pattern, path)).toEqual(parts);
});
