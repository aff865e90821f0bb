/* Lint rules: the strict sets, who may import whom, and no words outside the catalogues. */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';
import { noLiteralWords } from './build/no_literal_words.js';
import svelteConfig from './svelte.config.js';

const apps = { group: ['**/apps/**'], message: 'Shared code knows no app.' };
const api = { group: ['$api/**', '**/api/**'], message: 'Components get what they show as props.' };
const bits = {
  group: ['bits-ui', 'bits-ui/**'],
  message: 'Too heavy here: only console and operator screens may use it.',
};
const ui = {
  group: ['$ui/**', '**/ui/**'],
  message: 'The chat kit also runs inside other pages; it brings all it needs.',
};
const chat = { group: ['$chat/**', '**/chat/**'], message: 'The general kit knows nothing of chat.' };
const chart = { group: ['uplot', '**/LineChart.svelte'], message: 'Charts are for the console and the operator.' };
const other = (...names) => ({
  group: names.map((name) => `**/${name}/**`),
  message: 'One app never imports another.',
});

const zone = (folder, ...patterns) => ({
  files: [`${folder}/**/*.{ts,svelte}`],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

export default typescript.config(
  { ignores: ['node_modules', '.gallery', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  typescript.configs.strict,
  typescript.configs.stylistic,
  svelte.configs.recommended,
  svelte.configs.prettier,
  { languageOptions: { globals: globals.browser }, rules: { 'no-undef': 'off' } }, // the type checker knows better
  { files: ['build/**', '*.{js,ts}'], languageOptions: { globals: globals.node } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser, svelteConfig } },
    plugins: { words: { rules: { 'no-literal-words': noLiteralWords } } },
    rules: {
      'words/no-literal-words': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/prefer-style-directive': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: 'The content security policy refuses style attributes: use a class or a style: directive.',
        },
      ],
    },
  },
  { files: ['apps/gallery/**'], rules: { 'words/no-literal-words': 'off' } },
  zone('src/i18n', apps, api, ui, chat, bits, chart),
  zone('src/dom', apps, api, ui, chat, bits, chart),
  zone('src/api', apps, ui, chat, bits, chart),
  zone('src/chat', apps, api, ui, bits, chart),
  zone('src/ui', apps, api, chat, bits),
  zone('apps/messenger', bits, chart, other('console', 'operator', 'gallery')),
  zone('apps/console', other('messenger', 'operator', 'gallery')),
  zone('apps/operator', other('messenger', 'console', 'gallery')),
);
