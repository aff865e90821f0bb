/* One open thread, as the business: its messages in order, what is on its way, marks, typing, and why it may be closed.
   It converges whatever is lost between: every gap is asked for. */

/* eslint-disable svelte/prefer-svelte-reactivity -- replaced, never changed */
import { api, ask, wordsOf, type Wire } from '$api/client';
import { newClientId, type Outbox, type Outgoing } from '$api/outbox';
import type { ClientFrame } from '$api/socket';
import { acknowledged, applied, lastPosition, marksOf, opened, withEarlier, type ThreadState } from '$api/thread';

export type OwnBody = Wire['Send']['body'];

const PAGE_COUNT = 50;
const TYPING_SHOWN_MS = 5000;
const TYPING_SENT_MS = 3000;

export class Thread {
  readonly id: string;
  readonly #businessId: string;
  readonly #outbox: Outbox;
  readonly #post: (frame: ClientFrame) => boolean;
  #state = $state.raw<ThreadState>();
  #outgoing = $state.raw<Outgoing[]>([]);
  detail = $state.raw<Wire['ThreadDetail']>();
  /** Where the business had read up to when the thread was opened: the mark of what is new stays there. */
  readUpTo = $state<number | null>(null);
  problem = $state<string | null>(null);
  typing = $state(false);
  #isLoading = $state(false);
  #read = 0;
  #typingSent = 0;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, businessId: string, outbox: Outbox, post: (frame: ClientFrame) => boolean) {
    this.id = id;
    this.#businessId = businessId;
    this.#outbox = outbox;
    this.#post = post;
    void this.#open();
  }

  readonly messages = $derived(this.#state?.messages ?? []);
  readonly pending = $derived(
    this.#outgoing.map(({ client_id, body, sent_at, refusal }) => ({
      client_id,
      body,
      sent_at,
      failed: refusal !== null,
    })),
  );

  get earlier(): 'none' | 'more' | 'loading' {
    if (!this.#state?.hasEarlier) return 'none';
    return this.#isLoading ? 'loading' : 'more';
  }

  /** How far the person got. */
  get receipts(): { delivered: number; read: number } {
    const other = this.detail?.thread.other;
    return this.#state && other ? marksOf(this.#state, other) : { delivered: 0, read: 0 };
  }

  retryOpen(): void {
    void this.#open();
  }

  async #open(): Promise<void> {
    this.problem = null;
    try {
      // The change first: what is read later is never older than it.
      const detail = await this.#askDetail();
      const page = await this.#askMessages({});
      const { participants, last_change } = detail.thread;
      this.#state = opened(page, participants, last_change);
      this.#read = marksOf(this.#state, this.#us).read;
      this.readUpTo = this.#read;
      this.#outgoing = (await this.#outbox.load()).filter(({ thread_id }) => thread_id === this.id);
      this.detail = detail;
      this.#postOutgoing();
    } catch (error) {
      this.problem = wordsOf(error);
    }
  }

  async showEarlier(): Promise<void> {
    const before = this.messages[0]?.position;
    if (this.earlier !== 'more' || before === undefined || !this.#state) return;
    this.#isLoading = true;
    try {
      this.#state = withEarlier(this.#state, await this.#askMessages({ before }));
    } finally {
      this.#isLoading = false;
    }
  }

  /** Applies what the server tells of this thread, or asks for what was missed. */
  async apply(changed: Wire['Changed']): Promise<void> {
    if (!this.#state) return;
    const next = applied(this.#state, changed);
    if (!next) return this.catchUp();
    this.#state = next;
    this.#dropStored(changed.messages);
    if (changed.messages.length === 0) return;
    if (changed.messages.some(({ sender }) => sender.kind === 'person')) this.typing = false;
    this.detail = await this.#askDetail();
  }

  async catchUp(): Promise<void> {
    if (!this.#state) return this.#open();
    let page: Wire['ChangePage'];
    do {
      const query = { ...this.#as, since: this.#state.change };
      page = await ask(api.GET('/api/threads/{thread_id}/changes', { params: { ...this.#path, query } }));
      this.#state = applied(this.#state, page) ?? this.#state;
      this.#dropStored(page.messages);
    } while (page.has_more);
    this.detail = await this.#askDetail();
    this.#postOutgoing();
  }

  send(body: OwnBody): void {
    const outgoing: Outgoing = {
      client_id: newClientId(),
      thread_id: this.id,
      as_business_id: this.#businessId,
      body,
      sent_at: new Date().toISOString(),
      refusal: null,
    };
    this.#outgoing = [...this.#outgoing, outgoing];
    void this.#outbox.put(outgoing);
    this.#postOne(outgoing);
  }

  retry(clientId: string): void {
    this.#outgoing = this.#outgoing.map((one) => (one.client_id === clientId ? { ...one, refusal: null } : one));
    const again = this.#outgoing.find((one) => one.client_id === clientId);
    if (again) this.#postOne(again);
  }

  edit(position: number, text: string): void {
    this.#post({ type: 'edit', client_ref: newClientId(), thread_id: this.id, position, text, ...this.#as });
  }

  unsend(position: number): void {
    this.#post({ type: 'unsend', client_ref: newClientId(), thread_id: this.id, position, ...this.#as });
  }

  /** The agent is writing: said at most every few seconds. */
  sayTyping(): void {
    const now = Date.now();
    if (now - this.#typingSent < TYPING_SENT_MS) return;
    this.#typingSent = now;
    this.#post({ type: 'typing', thread_id: this.id, ...this.#as });
  }

  /** The newest message is on screen. */
  markRead(): void {
    const newest = this.#state ? lastPosition(this.#state) : 0;
    if (newest <= this.#read || document.visibilityState !== 'visible') return;
    if (this.#post({ type: 'receipt', thread_id: this.id, delivered: newest, read: newest, ...this.#as })) {
      this.#read = newest;
    }
  }

  /** The person is writing. */
  showTyping(): void {
    this.typing = true;
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => (this.typing = false), TYPING_SHOWN_MS);
  }

  acknowledge(acked: Wire['Acked']): void {
    const sent = this.#outgoing.find(({ client_id }) => client_id === acked.client_id);
    if (!sent || !this.#state) return;
    const next = acknowledged(this.#state, acked, this.#us, sent.body);
    if (!next) return void this.catchUp();
    this.#state = next;
    this.#drop(new Set([acked.client_id]));
  }

  /** A refusal of one of our own messages stays at it; true where it was one. */
  refuse({ client_id, message }: Wire['RefusedFrame']): boolean {
    const refused = this.#outgoing.find((one) => one.client_id === client_id);
    if (!refused) return false;
    const kept = { ...refused, refusal: message };
    this.#outgoing = this.#outgoing.map((one) => (one === refused ? kept : one));
    void this.#outbox.put(kept);
    void this.#askDetail().then((detail) => (this.detail = detail));
    return true;
  }

  get #us() {
    return { kind: 'business' as const, id: this.#businessId };
  }

  get #as() {
    return { as_business_id: this.#businessId };
  }

  get #path() {
    return { path: { thread_id: this.id } };
  }

  #postOne({ client_id, body }: Outgoing): void {
    this.#post({ type: 'send', client_id, thread_id: this.id, body, ...this.#as });
  }

  #postOutgoing(): void {
    for (const one of this.#outgoing) if (one.refusal === null) this.#postOne(one);
  }

  #dropStored(messages: readonly Wire['MessageView'][]): void {
    this.#drop(new Set(messages.map(({ client_id }) => client_id)));
  }

  #drop(clientIds: ReadonlySet<string>): void {
    const gone = this.#outgoing.filter(({ client_id }) => clientIds.has(client_id));
    if (gone.length === 0) return;
    this.#outgoing = this.#outgoing.filter((one) => !gone.includes(one));
    for (const { client_id } of gone) void this.#outbox.remove(client_id);
  }

  #askDetail(): Promise<Wire['ThreadDetail']> {
    return ask(api.GET('/api/threads/{thread_id}', { params: { ...this.#path, query: this.#as } }));
  }

  #askMessages(place: { before?: number }): Promise<Wire['MessagePage']> {
    const query = { ...this.#as, ...place, limit: PAGE_COUNT };
    return ask(api.GET('/api/threads/{thread_id}/messages', { params: { ...this.#path, query } }));
  }
}
