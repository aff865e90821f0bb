/* Who is signed in, and the live channel that is theirs. */
import { api, ApiError, ask, wordsOf, type Wire } from '$api/client';
import { Live } from '$api/live.svelte';

export type Me = Wire['MeOut'];

interface Hooks {
  ontime: (at: string) => void;
  /** The session ended without the person's doing. */
  onended: () => void;
}

export class Session {
  /** Undefined while nobody knows, null when nobody is signed in. */
  me = $state.raw<Me | null>();
  problem = $state<string | null>(null);
  live = $state.raw<Live | null>(null);
  readonly #hooks: Hooks;
  #stop: (() => void) | null = null;

  constructor(hooks: Hooks) {
    this.#hooks = hooks;
  }

  async load(): Promise<void> {
    this.problem = null;
    try {
      this.become(await ask(api.GET('/api/me')));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.become(null);
      else this.problem = wordsOf(error);
    }
  }

  /** Somebody signed in, changed themselves, or left. */
  become(me: Me | null): void {
    if (me?.id !== this.me?.id || !me) this.#connect(me);
    this.me = me;
  }

  async signOut(): Promise<void> {
    await ask(api.POST('/api/sign-out'));
    await this.live?.clear();
    this.become(null);
  }

  #connect(me: Me | null): void {
    this.#stop?.();
    this.#stop = null;
    this.live = null;
    if (!me) return;
    // Who claims the account gets a new session, in all tabs: the page comes back where it was.
    const onsignedout = async () => {
      this.me = undefined;
      await this.load();
      if (this.me === null) this.#hooks.onended();
    };
    this.live = new Live({ personId: me.id, ontime: this.#hooks.ontime, onsignedout: () => void onsignedout() });
    this.#stop = this.live.start();
  }
}
