import { describe, expect, it } from 'vitest';
import { speak } from './speak';

describe('speak', () => {
  const t = speak(
    {
      plain: 'Send',
      greet: 'Hello {name}, {name}',
      new: { one: '{count} new message', other: '{count} new messages' },
    },
    'en',
  );

  it('returns a plain sentence', () => {
    expect(t('plain')).toBe('Send');
  });

  it('fills every slot of a name', () => {
    expect(t('greet', { name: 'Ada' })).toBe('Hello Ada, Ada');
  });

  it('never reads slots out of a filled-in value', () => {
    expect(t('greet', { name: '{name}' })).toBe('Hello {name}, {name}');
  });

  it('chooses plural forms and groups digits', () => {
    expect(t('new', { count: 1 })).toBe('1 new message');
    expect(t('new', { count: 0 })).toBe('0 new messages');
    expect(t('new', { count: 12345 })).toBe('12,345 new messages');
  });

  it('follows the plural rules of the language', () => {
    const polish = speak(
      { files: { one: '{count} plik', few: '{count} pliki', many: '{count} plików', other: '{count} pliku' } },
      'pl',
    );
    expect([1, 3, 5, 22].map((count) => polish('files', { count }))).toEqual([
      '1 plik',
      '3 pliki',
      '5 plików',
      '22 pliki',
    ]);
  });

  it('refuses unknown keys and missing values at compile time', () => {
    // @ts-expect-error: no such key
    expect(t('absent')).toBe('absent');
    // @ts-expect-error: the name is missing
    expect(t('greet')).toBe('Hello {name}, {name}');
  });
});
