/* A word that no screen shows is a word that nobody keeps right. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en as consoleWords } from '../apps/console/en';
import { en as messengerWords } from '../apps/messenger/en';
import { en as operatorWords } from '../apps/operator/en';
import { en as kitWords } from '../src/i18n/en';

function sources(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const spoken = names.filter((name) => /\.(svelte|ts)$/.test(name) && !/(^|\/)en\.ts$|\.test\.ts$/.test(name));
  return spoken.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

it.each([
  ['src', kitWords],
  ['apps/messenger', messengerWords],
  ['apps/console', consoleWords],
  ['apps/operator', operatorWords],
])('every word of %s is shown somewhere', (folder, words) => {
  const code = sources(folder);
  // `t(`status.${status}`)` shows all words that begin alike.
  const isShown = (key: string) =>
    code.includes(`'${key}'`) || code.includes(`\`${key.slice(0, key.lastIndexOf('.') + 1)}\${`);
  expect(Object.keys(words).filter((key) => !isShown(key))).toEqual([]);
});
