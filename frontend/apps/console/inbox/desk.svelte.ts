/* What an agent works at: the live connection, the inbox, the open thread; who on the team answers. */
import { api, ask, type Wire } from '$api/client';
import { Outbox } from '$api/outbox';
import { LiveSocket, type Link, type ServerFrame } from '$api/socket';
import { clock, session, toasts } from '../app.svelte';
import type { Me, Membership } from '../session.svelte';
import { Inbox } from './inbox.svelte';
import { Thread } from './thread.svelte';

export class Desk {
  readonly inbox: Inbox;
  readonly #business: Membership;
  readonly #outbox: Outbox;
  readonly #socket: LiveSocket;
  link = $state<Link>('connecting');
  thread = $state.raw<Thread | null>(null);
  team = $state.raw<Wire['MemberView'][]>([]);

  constructor(me: Me, business: Membership) {
    this.#business = business;
    this.inbox = new Inbox(business.id, me.id);
    this.#outbox = new Outbox(me.id);
    this.#socket = new LiveSocket('/live', {
      onframe: (frame) => this.#hear(frame),
      onlink: (link) => (this.link = link),
      onsignedout: () => void session.load(),
    });
  }

  /** Names of those who type for the business. */
  get names(): Record<string, string> {
    return Object.fromEntries(this.team.map(({ person_id, name }) => [person_id, name]));
  }

  /** Those who can take a thread. */
  get agents(): Wire['MemberView'][] {
    return this.team.filter(({ roles }) => roles.includes('owner') || roles.includes('agent'));
  }

  /** Begins to listen; returns how to stop. */
  start(): () => void {
    const params = { path: { business_id: this.#business.id } };
    void this.inbox.load('open');
    void ask(api.GET('/api/businesses/{business_id}/team', { params })).then(
      (team) => (this.team = team),
      () => undefined, // names are a comfort; the inbox works without
    );
    this.#socket.start();
    return () => this.#socket.stop();
  }

  open(threadId: string | null): void {
    if (threadId === (this.thread?.id ?? null)) return;
    const post: LiveSocket['send'] = (frame) => this.#socket.send(frame);
    this.thread = threadId ? new Thread(threadId, this.#business.id, this.#outbox, post) : null;
  }

  #hear(frame: ServerFrame): void {
    const { thread } = this;
    const isOpen = 'thread_id' in frame && frame.thread_id === thread?.id;
    switch (frame.type) {
      case 'welcome':
        clock.follow(frame.at);
        this.#socket.send({ type: 'watch', business_id: this.#business.id });
        void this.inbox.catchUp();
        void thread?.catchUp().catch(() => undefined); // asked again with the next welcome
        break;
      case 'inbox':
        if (frame.business_id === this.#business.id) void this.inbox.catchUp(frame.number);
        break;
      case 'changed':
        if (isOpen) void thread?.apply(frame).catch(() => undefined); // likewise
        break;
      case 'typing':
        if (isOpen && frame.by.kind === 'person') thread?.showTyping();
        break;
      case 'acked':
        if (isOpen) thread?.acknowledge(frame);
        break;
      case 'refused':
        thread?.refuse(frame);
        toasts.show(frame.message);
    }
  }
}
