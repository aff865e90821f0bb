/* Draws lucide's icons by a component of our own: theirs brings contexts and options that nobody here uses, 1 kB gzipped. */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const OURS = fileURLToPath(new URL('../src/dom/Icon.svelte', import.meta.url));

export function plainIcons(): Plugin {
  return {
    name: 'plain-icons',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source.endsWith('/Icon.svelte') && importer?.includes('@lucide/svelte/dist/icons') ? OURS : null,
  };
}
