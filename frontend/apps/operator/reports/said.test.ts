import { expect, it } from 'vitest';
import { saidIn } from './said';

it.each([
  [{ type: 'text', text: 'Hello' }, 'Hello'],
  [{ type: 'card', title: 'Menu', subtitle: 'Today' }, 'Menu\nToday'],
  [{ type: 'sponsored', headline: 'Three for two', text: 'Until Sunday' }, 'Three for two\nUntil Sunday'],
  [{ type: 'unsent' }, ''],
  [null, ''],
])('reads the words of %o', (body, text) => {
  expect(saidIn({ position: 3, sender_id: '7', body }).text).toBe(text);
});
