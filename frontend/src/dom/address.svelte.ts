/* The page's address as state: where below the app's base the reader is, and the query.
   Links below the base are followed without loading a page; the browser's back button works as ever. */

/* eslint-disable svelte/prefer-svelte-reactivity -- replaced, never changed */
export class Address {
  readonly #base: string;
  path = $state('/');
  query = $state.raw(new URLSearchParams());

  constructor(base: string) {
    this.#base = base;
    this.#read();
  }

  /** The address of a place in the app, for links. */
  href(path: string): string {
    return `${this.#base}${path === '/' ? '' : path}`;
  }

  go(path: string, { replace = false } = {}): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', this.href(path));
    this.#read();
    if (!replace) scrollTo(0, 0);
  }

  /** Starts following links and the browser's buttons; returns how to stop. */
  start(): () => void {
    const onpopstate = () => this.#read();
    const onclick = (event: MouseEvent) => this.#follow(event);
    window.addEventListener('popstate', onpopstate);
    document.addEventListener('click', onclick);
    return () => {
      window.removeEventListener('popstate', onpopstate);
      document.removeEventListener('click', onclick);
    };
  }

  #read(): void {
    this.path = location.pathname.slice(this.#base.length).replace(/\/+$/, '') || '/';
    this.query = new URLSearchParams(location.search);
  }

  #follow(event: MouseEvent): void {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = (event.target as Element).closest('a');
    if (!plain || event.defaultPrevented || !link || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !`${url.pathname}/`.startsWith(`${this.#base}/`)) return;
    event.preventDefault();
    this.go(url.pathname.slice(this.#base.length) + url.search || '/');
  }
}

/** What the named parts of a pattern like `/inbox/:thread` are in a path, or null where it does not fit. */
export function matched(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) {
      try {
        parts[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return parts;
}
