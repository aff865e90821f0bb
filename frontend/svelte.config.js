import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    discloseVersion: false,
    // Short names of scopes: they stand in every template.
    cssHash: ({ hash, css }) => `s${hash(css).slice(0, 5)}`,
  },
};
