/* The live channel of one reader, a person or a business: keeps the list of threads and the open threads true, sends what
   waits in the outbox. Hints only make it faster: it converges by asking when every one of them is lost. */
import { api, ask, wordsOf, type Wire } from './client';
import { begun, caughtUp, moved, withOlder, type MailboxState } from './mailbox';
import { newClientId, Outbox, type Outgoing } from './outbox';
import { LiveSocket, type ClientFrame, type Link, type ServerFrame } from './socket';
import { OpenThread } from './open_thread.svelte';

export interface LiveOptions {
  personId: string;
  /** Read and write for this business; then there is no list of threads, the console's inbox has its own. */
  businessId?: string;
  /** The server's time, whenever it says it. */
  ontime?: (at: string) => void;
  onsignedout?: () => void;
  /** The business's inbox reached this number; undefined asks to compare anyway. */
  oninbox?: (number?: number) => void;
}

const POLL_MS = 60_000;
const SOON_MS = 150;
const RETRY_MS = 4_000;
/** Refusals that pass by themselves. */
const PASSING = new Set(['unavailable']);

export class Live {
  readonly reader: Wire['ParticipantRef'];
  readonly businessId: string | null;
  link = $state<Link>('connecting');
  mailbox = $state.raw<MailboxState | null>(null);
  /** Why the list of threads is not there. */
  problem = $state<string | null>(null);
  outgoing = $state.raw<readonly Outgoing[]>([]);
  readonly #options: LiveOptions;
  readonly #outbox: Outbox;
  readonly #socket: LiveSocket;
  readonly #threads: Record<string, OpenThread> = {};
  #told: Record<string, number> = {};
  #epoch: string | null = null;
  #catching: Promise<void> | null = null;
  #catchAgain = false;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.businessId = options.businessId ?? null;
    this.reader = options.businessId
      ? { kind: 'business', id: options.businessId }
      : { kind: 'person', id: options.personId };
    this.#outbox = new Outbox(`${options.personId} ${options.businessId ?? ''}`);
    this.#socket = new LiveSocket(`${location.origin.replace(/^http/, 'ws')}/live`, {
      onframe: (frame) => this.#take(frame),
      onlink: (link) => (this.link = link),
      onsignedout: () => options.onsignedout?.(),
    });
  }

  /** Connects; returns how to stop. */
  start(): () => void {
    void this.#outbox.load().then((kept) => {
      const isNew = ({ client_id }: Outgoing) => !this.outgoing.some((one) => one.client_id === client_id);
      this.outgoing = [...kept.filter(isNew), ...this.outgoing];
      this.#flush();
    });
    this.#socket.start();
    void this.catchUp();
    window.addEventListener('focus', this.#look);
    this.#poll = setInterval(this.#look, POLL_MS);
    return () => {
      this.#socket.stop();
      window.removeEventListener('focus', this.#look);
      clearInterval(this.#poll);
      clearTimeout(this.#soon);
    };
  }

  /** The thread with everything that is known of it; the same one each time. */
  thread(threadId: string): OpenThread {
    let found = this.#threads[threadId];
    if (!found) {
      found = new OpenThread(threadId, this);
      this.#threads[threadId] = found;
    }
    return found;
  }

  /** Asks for everything that was missed. One at a time; asked meanwhile, it asks once more. */
  catchUp(): Promise<void> {
    if (this.#catching) this.#catchAgain = true;
    this.#catching ??= this.#catchUp().finally(() => {
      this.#catching = null;
      if (!this.#catchAgain) return;
      this.#catchAgain = false;
      void this.catchUp();
    });
    return this.#catching;
  }

  catchUpSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.catchUp(), SOON_MS);
  }

  async loadOlder(): Promise<void> {
    const cursor = this.mailbox?.cursor;
    if (!cursor) return;
    const page = await ask(api.GET('/api/mailbox', { params: { query: { cursor } } }));
    if (this.mailbox) this.mailbox = withOlder(this.mailbox, page);
  }

  /** Sends a message, now or when the server is there again. */
  send(threadId: string, body: Outgoing['body'], sentAt: Date): void {
    const outgoing: Outgoing = {
      client_id: newClientId(),
      thread_id: threadId,
      as_business_id: this.businessId,
      body,
      sent_at: sentAt.toISOString(),
      refusal: null,
    };
    this.outgoing = [...this.outgoing, outgoing];
    void this.#outbox.put(outgoing);
    this.#post(outgoing);
  }

  /** Tries a refused message again, under its old id. */
  retry(clientId: string): void {
    const outgoing = this.#change(clientId, { refusal: null });
    if (outgoing) this.#post(outgoing);
  }

  /** Forgets a message that was not sent. */
  discard(clientId: string): void {
    this.outgoing = this.outgoing.filter(({ client_id }) => client_id !== clientId);
    void this.#outbox.remove(clientId);
  }

  /** On signing out. */
  async clear(): Promise<void> {
    this.outgoing = [];
    await this.#outbox.clear();
  }

  /** Sends a frame that may be lost. */
  tell(frame: ClientFrame): boolean {
    return this.#socket.send(frame);
  }

  /** Says once that messages up to a position have reached this device. */
  tellDelivered(threadId: string, position: number): void {
    if ((this.#told[threadId] ?? 0) >= position) return;
    const frame = { thread_id: threadId, delivered: position, read: 0, as_business_id: this.businessId };
    if (this.tell({ type: 'receipt', ...frame })) this.#told[threadId] = position;
  }

  readonly #look = () => {
    if (document.visibilityState === 'visible') void this.catchUp();
  };

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame);
      case 'acked':
        return this.#acked(frame);
      case 'refused':
        return this.#refused(frame);
      case 'changed':
        return this.#changed(frame);
      case 'mailbox':
        if (frame.version > (this.mailbox?.version ?? -1)) this.catchUpSoon();
        return;
      case 'typing':
        return this.#threads[frame.thread_id]?.takeTyping(frame.by);
      case 'inbox':
        if (frame.business_id === this.businessId) this.#options.oninbox?.(frame.number);
        return;
    }
  }

  #welcome(frame: Wire['Welcome']): void {
    this.#options.ontime?.(frame.at);
    if (this.#epoch !== null && this.#epoch !== frame.epoch) this.#reset();
    this.#epoch = frame.epoch;
    this.#told = {};
    if (this.businessId) this.tell({ type: 'watch', business_id: this.businessId });
    this.#flush();
    void this.catchUp();
  }

  /** The server was restored from a backup: what is known here may never have happened. */
  #reset(): void {
    this.mailbox = null;
    for (const thread of Object.values(this.#threads)) thread.forget();
  }

  #acked(acked: Wire['Acked']): void {
    const outgoing = this.outgoing.find(({ client_id }) => client_id === acked.client_id);
    void this.#outbox.remove(acked.client_id);
    if (!outgoing) return;
    const thread = this.#threads[acked.thread_id];
    if (!thread?.takeAcked(acked, outgoing.body)) this.discard(acked.client_id);
    const { body } = outgoing;
    const { position, change, client_id, sent_at, thread_id, mailbox_version } = acked;
    const message = {
      position,
      change,
      client_id,
      sent_at,
      body,
      sender: this.reader,
      edited_at: null,
      agent_id: null,
    };
    this.#moveMailbox({
      type: 'changed',
      thread_id,
      from_change: change - 1,
      to_change: change,
      messages: [message],
      participants: [],
      mailbox_version,
    });
  }

  #refused({ client_id, code, message }: Wire['RefusedFrame']): void {
    if (client_id === null) return;
    if (PASSING.has(code)) setTimeout(() => this.#flush(client_id), RETRY_MS);
    else this.#change(client_id, { refusal: message });
  }

  #changed(frame: Wire['Changed']): void {
    const thread = this.#threads[frame.thread_id];
    thread?.take(frame);
    const last = frame.messages.at(-1);
    const isRequest = this.mailbox?.cards.get(frame.thread_id)?.is_request ?? false;
    if (last && !isRequest && !this.isOwn(last.sender)) this.tellDelivered(frame.thread_id, last.position);
    this.#moveMailbox(frame);
  }

  isOwn({ kind, id }: Wire['ParticipantRef']): boolean {
    return kind === this.reader.kind && id === this.reader.id;
  }

  /** Lets go of messages that are stored. */
  settle(isStored: (clientId: string) => boolean): void {
    if (!this.outgoing.some(({ client_id }) => isStored(client_id))) return;
    this.outgoing = this.outgoing.filter(({ client_id }) => {
      const stored = isStored(client_id);
      if (stored) void this.#outbox.remove(client_id);
      return !stored;
    });
  }

  #moveMailbox(frame: Wire['Changed']): void {
    if (this.businessId || !this.mailbox || frame.mailbox_version === null) return;
    if (frame.mailbox_version <= this.mailbox.version) return;
    const next = moved(this.mailbox, frame, this.reader.id);
    if (next) this.mailbox = next;
    else this.catchUpSoon();
  }

  async #catchUp(): Promise<void> {
    const threads = Object.values(this.#threads).filter(({ isShown }) => isShown);
    this.#options.oninbox?.();
    await Promise.all([this.businessId ? null : this.#catchUpMailbox(), ...threads.map((thread) => thread.catchUp())]);
  }

  async #catchUpMailbox(): Promise<void> {
    try {
      if (this.mailbox) await this.#loadChanges(this.mailbox.version);
      if (!this.mailbox) this.mailbox = begun(await ask(api.GET('/api/mailbox')));
      this.problem = null;
    } catch (error) {
      this.problem = wordsOf(error);
      return;
    }
    for (const { id, last_position, participants, is_request } of this.mailbox.cards.values()) {
      const mine = participants.find((one) => this.isOwn(one));
      if (!is_request && mine && mine.delivered < last_position) this.tellDelivered(id, last_position);
    }
  }

  async #loadChanges(since: number): Promise<void> {
    const page = await ask(api.GET('/api/mailbox', { params: { query: { since } } }));
    if (!this.mailbox) return;
    this.mailbox = caughtUp(this.mailbox, page);
    if (!this.mailbox) this.#reset();
    else if (page.has_more) await this.#loadChanges(page.version);
  }

  #flush(only?: string): void {
    for (const outgoing of this.outgoing) {
      if (outgoing.refusal === null && (only ?? outgoing.client_id) === outgoing.client_id) this.#post(outgoing);
    }
  }

  #post({ client_id, thread_id, as_business_id, body }: Outgoing): void {
    this.tell({ type: 'send', client_id, thread_id, as_business_id, body });
  }

  #change(clientId: string, change: Partial<Outgoing>): Outgoing | undefined {
    this.outgoing = this.outgoing.map((one) => (one.client_id === clientId ? { ...one, ...change } : one));
    const outgoing = this.outgoing.find(({ client_id }) => client_id === clientId);
    if (outgoing) void this.#outbox.put(outgoing);
    return outgoing;
  }
}
