/* What is built: one page per app, into the Python package, with hashed names under /static/. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { compressed } from './build/compressed.ts';
import { plainIcons } from './build/plain_icons.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env['REJOINDER_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig(({ mode }) => {
  // The gallery shows every component in every state to developers and is never shipped.
  const gallery = mode === 'gallery';
  // The messenger is built apart: chunks shared with the consoles would make phones load what only those use.
  const consoles = mode === 'consoles';
  const pages = gallery ? ['gallery'] : consoles ? ['console', 'operator'] : ['messenger'];
  return {
    root: here('apps'),
    base: '/static/',
    publicDir: here('public'),
    plugins: [plainIcons(), tailwindcss(), svelte({ configFile: here('svelte.config.js') }), compressed()],
    resolve: {
      alias: Object.fromEntries(
        ['api', 'chat', 'dom', 'i18n', 'styles', 'ui'].map((name) => [`$${name}`, here(`src/${name}`)]),
      ),
    },
    build: {
      outDir: here(gallery ? '.gallery' : '../rejoinder/static'),
      emptyOutDir: !consoles,
      manifest: consoles ? 'consoles.json' : 'manifest.json',
      modulePreload: { polyfill: false },
      // The first versions with light-dark(), popover, <dialog> and CSS nesting; newer CSS degrades.
      target: ['chrome125', 'firefox128', 'safari17.5'],
      // A data: URL would need its own exception in the content security policy.
      assetsInlineLimit: 0,
      rolldownOptions: { input: Object.fromEntries(pages.map((page) => [page, here(`apps/${page}/index.html`)])) },
    },
    server: { proxy: { '/api': server, '/live': { target: server, ws: true } } },
    test: { root: here('.'), include: ['src/**/*.test.ts', 'apps/**/*.test.ts', 'build/**/*.test.ts'] },
  };
});
