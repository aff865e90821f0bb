import { RuleTester } from 'eslint';
import parser from 'svelte-eslint-parser';
import { describe, it } from 'vitest';
import { noLiteralWords } from './no_literal_words.js';

RuleTester.describe = describe;
RuleTester.it = it;

const errors = [{ messageId: 'words' }];

new RuleTester({ languageOptions: { parser } }).run('no-literal-words', noLiteralWords, {
  valid: [
    `<p class="title">{t('chat.send')}</p>`,
    `<p>· {name} · 12:30</p>`,
    `<button aria-label={t('chat.send')} class="a b" type={busy ? 'submit' : 'button'}></button>`,
    `<style>p { color: red; }</style>`,
  ],
  invalid: [
    { code: `<p>Send</p>`, errors },
    { code: `<p>{'Send'}</p>`, errors },
    { code: `<p>{sent ? 'Sent' : t('chat.send')}</p>`, errors },
    { code: `<p>{name ?? 'Nobody'}</p>`, errors },
    { code: '<p>{`Hello ${name}`}</p>', errors },
    { code: `<button aria-label="Send"></button>`, errors },
    { code: `<input placeholder={'Message'} />`, errors },
    { code: `<Field label="Name" />`, errors },
  ],
});
