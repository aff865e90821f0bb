/* The shared inbox on this device: items by thread, kept true by asking what changed after a number. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, wordsOf, type Wire } from '$api/client';

export type Item = Wire['ItemView'];
type Page = Wire['InboxPage'];

export const TABS = ['open', 'waiting', 'mine', 'done'] as const;
export type Tab = (typeof TABS)[number];

const QUESTIONS = {
  open: { state: 'open' },
  waiting: { state: 'open', order: 'waiting' },
  mine: { state: 'open', assigned: 'me' },
  done: { state: 'done' },
} as const;

/** How far a tab has been loaded: not at all, up to a cursor, or whole. */
type Reach = { cursor: string } | 'all';

export class Inbox {
  waitingCount = $state(0);
  openCount = $state(0);
  /** Who waits longest. */
  longest = $state<string | null>(null);
  problem = $state<string | null>(null);
  readonly #businessId: string;
  readonly #personId: string;
  readonly #items = new SvelteMap<string, Item>();
  readonly #reached = new SvelteMap<Tab, Reach>();
  #number: number | null = null;
  /** How often there was reason to ask; one that comes while an answer is under way is a reason to ask again. */
  #hints = 0;
  #catchingUp: Promise<void> | null = null;

  constructor(businessId: string, personId: string) {
    this.#businessId = businessId;
    this.#personId = personId;
  }

  item(threadId: string): Item | undefined {
    return this.#items.get(threadId);
  }

  isLoaded(tab: Tab): boolean {
    return this.#reached.has(tab);
  }

  hasMore(tab: Tab): boolean {
    const reached = this.#reached.get(tab);
    return reached !== undefined && reached !== 'all';
  }

  list(tab: Tab): Item[] {
    const shown = [...this.#items.values()].filter((item) => this.#isIn(item, tab));
    return tab === 'waiting'
      ? shown.sort((a, b) => (a.waiting_since ?? '').localeCompare(b.waiting_since ?? ''))
      : shown.sort((a, b) => b.last_at.localeCompare(a.last_at));
  }

  /** The first stretch of a tab, or the next one. */
  async load(tab: Tab): Promise<void> {
    const reached = this.#reached.get(tab);
    if (reached === 'all') return;
    const query = { ...QUESTIONS[tab], ...(reached && { cursor: reached.cursor }) };
    const hints = this.#hints;
    await this.#try(async () => {
      const page = await this.#ask(query);
      // Changes are asked for from the oldest number that any stretch was read at.
      this.#number ??= page.number;
      this.#take(page);
      this.#reached.set(tab, page.next_cursor ? { cursor: page.next_cursor } : 'all');
      if (hints !== this.#hints) void this.catchUp();
    });
  }

  /** Asks for what changed, as often as there is more; calls that come meanwhile wait for the same answer. */
  catchUp(upTo = Infinity): Promise<void> {
    if (this.#number !== null && upTo <= this.#number) return Promise.resolve();
    this.#hints += 1;
    if (this.#number === null) return Promise.resolve();
    this.#catchingUp ??= this.#try(() => this.#follow()).finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  /** What an agent's own action answered. */
  put(item: Item): void {
    const known = this.#items.get(item.thread_id);
    if (!known || item.number >= known.number) this.#items.set(item.thread_id, item);
  }

  async #follow(): Promise<void> {
    let page: Page;
    let hints: number;
    do {
      hints = this.#hints;
      page = await this.#ask({ since: this.#number ?? 0 });
      this.#take(page);
      this.#number = page.number;
    } while (page.has_more || hints !== this.#hints);
  }

  #take(page: Page): void {
    for (const item of page.items) this.put(item);
    this.openCount = page.open_count;
    this.waitingCount = page.waiting_count;
    this.longest = page.longest_waiting_thread_id ?? null;
  }

  #isIn(item: Item, tab: Tab): boolean {
    if (tab === 'done') return item.state === 'done';
    if (item.state !== 'open') return false;
    if (tab === 'waiting') return item.waiting_since !== null;
    return tab === 'open' || item.assigned_to?.person_id === this.#personId;
  }

  #ask(query: { since?: number; cursor?: string }): Promise<Page> {
    const params = { path: { business_id: this.#businessId }, query };
    return ask(api.GET('/api/businesses/{business_id}/inbox', { params }));
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.problem = null;
    try {
      await work();
    } catch (error) {
      this.problem = wordsOf(error);
    }
  }
}
