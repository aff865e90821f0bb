/* One thread as its screen shows it: loaded once, kept true by frames, and by asking when one is missing. */
import { api, ask, wordsOf, type Wire } from './client';
import type { Live } from './live.svelte';
import type { Outgoing } from './outbox';
import {
  acknowledged,
  applied,
  lastPosition,
  marksOf,
  opened,
  withEarlier,
  type Span,
  type ThreadState,
} from './thread';

const TYPING_SHOWN_MS = 5_000;
const TYPING_TOLD_MS = 3_000;

export class OpenThread {
  readonly id: string;
  /** Undefined until it is loaded. */
  state = $state.raw<ThreadState>();
  detail = $state.raw<Wire['ThreadDetail']>();
  problem = $state<string | null>(null);
  isTyping = $state(false);
  isLoadingEarlier = $state(false);
  /** Where the reader was when the thread was last opened; later messages are new. */
  readUpTo = $state<number | null>(null);
  isShown = false;
  readonly #live: Live;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #toldTypingAt = 0;
  #loading: Promise<void> | null = null;

  constructor(id: string, live: Live) {
    this.id = id;
    this.#live = live;
  }

  /** Messages on their way into this thread. */
  get outgoing(): Outgoing[] {
    return this.#live.outgoing.filter(({ thread_id }) => thread_id === this.id);
  }

  /** What the other side has received and read. */
  get receipts(): { delivered: number; read: number } {
    const other = this.detail?.thread.other;
    return this.state && other ? marksOf(this.state, other) : { delivered: 0, read: 0 };
  }

  /** The screen shows it; returns how to leave. */
  enter(): () => void {
    this.isShown = true;
    this.readUpTo = this.state ? marksOf(this.state, this.#live.reader).read : null;
    void this.catchUp();
    return () => (this.isShown = false);
  }

  /** Loads it, or what was missed since. */
  catchUp(): Promise<void> {
    this.#loading ??= this.#catchUp().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async loadEarlier(): Promise<void> {
    const first = this.state?.messages[0]?.position;
    if (this.isLoadingEarlier || first === undefined) return;
    this.isLoadingEarlier = true;
    try {
      const page = await ask(api.GET('/api/threads/{thread_id}/messages', this.#at({ before: first })));
      if (this.state) this.state = withEarlier(this.state, page);
    } finally {
      this.isLoadingEarlier = false;
    }
  }

  async refreshDetail(): Promise<void> {
    this.detail = await ask(api.GET('/api/threads/{thread_id}', this.#at({})));
  }

  send(body: Outgoing['body'], at: Date): void {
    // What is typed next is news again.
    this.#toldTypingAt = 0;
    this.#live.send(this.id, body, at);
  }

  async edit(position: number, text: string): Promise<void> {
    const { params } = this.#at({});
    const path = { ...params.path, position };
    const changed = await ask(
      api.PATCH('/api/threads/{thread_id}/messages/{position}', { params: { ...params, path }, body: { text } }),
    );
    this.#takeOne(changed);
  }

  async unsend(position: number): Promise<void> {
    const { params } = this.#at({});
    const path = { ...params.path, position };
    this.#takeOne(
      await ask(api.DELETE('/api/threads/{thread_id}/messages/{position}', { params: { ...params, path } })),
    );
  }

  /** The newest message is before the reader's eyes. */
  markRead(): void {
    if (!this.state || this.detail?.thread.is_request) return;
    const read = lastPosition(this.state);
    const card = this.#live.mailbox?.cards.get(this.id);
    if (read <= marksOf(this.state, this.#live.reader).read && !card?.unread_count) return;
    this.#live.tell({
      type: 'receipt',
      thread_id: this.id,
      delivered: read,
      read,
      as_business_id: this.#live.businessId,
    });
  }

  /** The reader writes; told at most every few seconds. */
  tellTyping(): void {
    if (Date.now() - this.#toldTypingAt < TYPING_TOLD_MS) return;
    this.#toldTypingAt = Date.now();
    this.#live.tell({ type: 'typing', thread_id: this.id, as_business_id: this.#live.businessId });
  }

  takeTyping(by: Wire['ParticipantRef']): void {
    if (this.#live.isOwn(by)) return;
    this.#showTyping(true);
  }

  take(span: Span): void {
    if (!this.state) return;
    const next = applied(this.state, span);
    if (!next) {
      if (this.isShown) this.#live.catchUpSoon();
      return;
    }
    this.#become(next);
    if (span.messages.some(({ sender }) => !this.#live.isOwn(sender))) {
      this.#showTyping(false);
      // A person's message opens the window in which their business may answer.
      if (this.#live.businessId) void this.refreshDetail().catch(() => undefined);
    }
  }

  /** False where nothing here shows the message: the caller lets go of it. */
  takeAcked(acked: Wire['Acked'], body: Outgoing['body']): boolean {
    if (!this.state) return false;
    const next = acknowledged(this.state, acked, this.#live.reader, body);
    if (next) this.#become(next);
    else this.#live.catchUpSoon();
    return true;
  }

  /** What is known is not true any more. */
  forget(): void {
    this.state = undefined;
    this.detail = undefined;
  }

  #takeOne(message: Wire['MessageView']): void {
    const { change } = message;
    this.take({ from_change: change - 1, to_change: change, messages: [message], participants: [] });
  }

  async #catchUp(): Promise<void> {
    try {
      if (this.state) await this.#loadChanges(this.state.change);
      else await this.#load();
      this.problem = null;
    } catch (error) {
      this.problem = wordsOf(error);
    }
  }

  async #load(): Promise<void> {
    // The thread first: what is read later is never older than the change that is kept.
    await this.refreshDetail();
    const thread = this.detail?.thread;
    const page = await ask(api.GET('/api/threads/{thread_id}/messages', this.#at({})));
    if (!thread) return;
    const state = opened(page, thread.participants, thread.last_change);
    this.readUpTo = marksOf(state, this.#live.reader).read;
    this.#become(state);
  }

  async #loadChanges(since: number): Promise<void> {
    const [page] = await Promise.all([
      ask(api.GET('/api/threads/{thread_id}/changes', this.#at({ since }))),
      this.refreshDetail(),
    ]);
    const next = this.state && applied(this.state, page);
    if (next) this.#become(next);
    if (page.has_more) await this.#loadChanges(page.to_change);
  }

  #become(state: ThreadState): void {
    this.state = state;
    this.#live.settle((clientId) =>
      state.messages.some(({ client_id, sender }) => client_id === clientId && this.#live.isOwn(sender)),
    );
  }

  #showTyping(shown: boolean): void {
    clearTimeout(this.#typingTimer);
    this.isTyping = shown;
    if (shown) this.#typingTimer = setTimeout(() => (this.isTyping = false), TYPING_SHOWN_MS);
  }

  #at<Query extends object>(query: Query) {
    const as = this.#live.businessId;
    return { params: { path: { thread_id: this.id }, query: { ...query, ...(as && { as_business_id: as }) } } };
  }
}
