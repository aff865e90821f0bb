/* A person's list of threads as a device knows it, and how pages and frames change it. Pure. */
import type { Wire } from './client';

export type ThreadCard = Wire['ThreadCard'];

export interface MailboxState {
  epoch: string;
  /** Everything up to this version is in here. */
  version: number;
  cards: ReadonlyMap<string, ThreadCard>;
  /** How to ask for older chats; null when there are none. */
  cursor: string | null;
}

export type Filter = 'all' | 'unread' | 'businesses';

/** From the first page. */
export function begun(page: Wire['MailboxPage']): MailboxState {
  return {
    epoch: page.epoch,
    version: page.version,
    cards: added(new Map(), page.threads),
    cursor: page.cursor ?? null,
  };
}

/** With a page of older chats. */
export function withOlder(state: MailboxState, page: Wire['MailboxPage']): MailboxState {
  return { ...state, cards: added(state.cards, page.threads), cursor: page.cursor ?? null };
}

/** With what changed since this version; null when the server is another one than it was. */
export function caughtUp(state: MailboxState, page: Wire['MailboxPage']): MailboxState | null {
  if (page.epoch !== state.epoch) return null;
  return { ...state, version: Math.max(state.version, page.version), cards: added(state.cards, page.threads) };
}

/** With the plain case of a live change: new service messages in a known chat, next in line. Else null: ask the server. */
export function moved(state: MailboxState, changed: Wire['Changed'], me: string): MailboxState | null {
  const { thread_id, mailbox_version, messages, participants } = changed;
  const card = state.cards.get(thread_id);
  const last = messages.at(-1);
  const isNext = mailbox_version === state.version + 1 && card?.last_change === changed.from_change;
  if (!card || !last || !isNext || card.folder !== 'chats' || participants.length > 0) return null;
  if (!messages.every(({ position, body }, i) => position === card.last_position + i + 1 && isPlain(body))) return null;
  const theirs = messages.filter(({ sender }) => !(sender.kind === 'person' && sender.id === me)).length;
  const moved: ThreadCard = {
    ...card,
    preview: previewOf(last),
    unread_count: card.unread_count + theirs,
    rank_at: last.sent_at,
    last_position: last.position,
    last_change: changed.to_change,
    version: mailbox_version,
  };
  return { ...state, version: mailbox_version, cards: added(state.cards, [moved]) };
}

/** Chats with something in them, newest first. Adverts give a chat no place of their own. */
export function chatsOf(state: MailboxState, filter: Filter): ThreadCard[] {
  const fits = {
    all: () => true,
    unread: ({ unread_count }: ThreadCard) => unread_count > 0,
    businesses: ({ kind }: ThreadCard) => kind === 'business',
  }[filter];
  return newestFirst(state, 'chats').filter(fits);
}

export function requestsOf(state: MailboxState): ThreadCard[] {
  return newestFirst(state, 'requests');
}

export function unreadChats(state: MailboxState): number {
  return chatsOf(state, 'unread').length;
}

function newestFirst({ cards }: MailboxState, folder: ThreadCard['folder']): ThreadCard[] {
  return [...cards.values()]
    .filter((card) => card.folder === folder && !card.is_removed && card.rank_at !== null)
    .sort((a, b) => timeOf(b) - timeOf(a) || b.id.localeCompare(a.id));
}

function added(cards: ReadonlyMap<string, ThreadCard>, news: readonly ThreadCard[]): ReadonlyMap<string, ThreadCard> {
  const result = new Map(cards);
  for (const card of news) {
    const known = result.get(card.id);
    if (!known || known.version <= card.version) result.set(card.id, card);
  }
  return result;
}

function isPlain({ type }: Wire['MessageView']['body']): boolean {
  return type !== 'sponsored' && type !== 'unsent' && type !== 'stop_confirmed';
}

function previewOf({ position, sender, body, sent_at }: Wire['MessageView']): Wire['PreviewView'] {
  const text = 'text' in body ? body.text : 'title' in body ? body.title : '';
  return { position, sender, type: body.type, text, at: sent_at };
}

function timeOf({ rank_at }: ThreadCard): number {
  return rank_at ? Date.parse(rank_at) : 0;
}
