/* Where the reader is: the hash of the address, as `#/chat/5`. Real paths (`/e/<code>`, `/m/<handle>`) open a chat and
   then turn into its hash. The browser's back button works as ever. */

/* eslint-disable svelte/prefer-svelte-reactivity -- the query is replaced, never changed */

export class Route {
  path = $state('/');
  query = $state.raw(new URLSearchParams());
  /** The code or handle of an entry point in the real path. */
  door = $state.raw<{ code: string } | { handle: string } | null>(null);

  constructor() {
    this.#read();
  }

  /** Starts following the address; returns how to stop. */
  start(): () => void {
    const read = () => this.#read();
    window.addEventListener('hashchange', read);
    window.addEventListener('popstate', read);
    return () => {
      window.removeEventListener('hashchange', read);
      window.removeEventListener('popstate', read);
    };
  }

  go(path: string, { replace = false } = {}): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', `/#${path}`);
    this.#read();
  }

  /** Back to where the reader came from, or to a place above when they came from outside. */
  up(path: string): void {
    this.go(path, { replace: true });
  }

  #read(): void {
    const [, kind, word = ''] = /^\/([em])\/([^/]+)\/?$/.exec(location.pathname) ?? [];
    const [path = '', query = ''] = location.hash.slice(1).split('?');
    this.path = path.replace(/\/+$/, '') || '/';
    this.query = new URLSearchParams(query);
    this.door =
      !kind || location.hash ? null : kind === 'e' ? { code: decoded(word) } : { handle: decoded(word).toLowerCase() };
  }
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
