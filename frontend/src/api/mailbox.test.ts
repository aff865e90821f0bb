import { describe, expect, it } from 'vitest';
import type { Wire } from './client';
import { begun, caughtUp, chatsOf, moved, requestsOf, unreadChats, withOlder, type ThreadCard } from './mailbox';

const shop = { kind: 'business', id: '7', name: 'Fern & Fable', hue: 10, handle: 'fern', is_verified: true } as const;

function card(id: string, version: number, change: Partial<ThreadCard> = {}): ThreadCard {
  return {
    id,
    kind: 'business',
    other: shop,
    folder: 'chats',
    is_request: false,
    is_removed: false,
    preview: null,
    unread_count: 0,
    rank_at: `2026-01-01T00:00:${id.padStart(2, '0')}Z`,
    sponsored_at: null,
    last_position: 3,
    last_change: 5,
    version,
    participants: [],
    ...change,
  };
}

function page(threads: ThreadCard[], version: number, change: Partial<Wire['MailboxPage']> = {}): Wire['MailboxPage'] {
  return { epoch: '1', version, threads, has_more: false, cursor: null, ...change };
}

function hello(position: number, sender = shop as { kind: 'person' | 'business'; id: string }): Wire['MessageView'] {
  return {
    position,
    sender,
    client_id: `c${position}`,
    body: { type: 'text', text: 'Hello' },
    change: 6,
    sent_at: '2026-01-01T01:00:00Z',
    edited_at: null,
    agent_id: null,
  };
}

const frame = (change: Partial<Wire['Changed']> = {}): Wire['Changed'] => ({
  type: 'changed',
  thread_id: '1',
  from_change: 5,
  to_change: 6,
  messages: [hello(4)],
  participants: [],
  mailbox_version: 11,
  ...change,
});

const start = begun(page([card('2', 10), card('1', 9)], 10));

describe('the list of chats', () => {
  it('shows the newest first, and never a chat with nothing but an advert in it', () => {
    const quiet = card('3', 8, { rank_at: null, sponsored_at: '2026-02-01T00:00:00Z' });
    const state = withOlder(start, page([quiet], 10));
    expect(chatsOf(state, 'all').map(({ id }) => id)).toEqual(['2', '1']);
  });

  it('keeps requests and removed chats apart', () => {
    const news = [card('4', 11, { folder: 'requests', is_request: true }), card('2', 12, { is_removed: true })];
    const state = caughtUp(start, page(news, 12));
    expect(state && chatsOf(state, 'all').map(({ id }) => id)).toEqual(['1']);
    expect(state && requestsOf(state).map(({ id }) => id)).toEqual(['4']);
  });

  it('moves a chat up for a new message without asking', () => {
    const state = moved(start, frame(), '1');
    expect(state?.version).toBe(11);
    expect(state && chatsOf(state, 'all')[0]).toMatchObject({ id: '1', unread_count: 1, last_position: 4 });
    expect(state && unreadChats(state)).toBe(1);
  });

  it('counts nothing new for what the reader sent from elsewhere', () => {
    const state = moved(start, frame({ messages: [hello(4, { kind: 'person', id: '1' })] }), '1');
    expect(state && unreadChats(state)).toBe(0);
  });

  it.each([
    ['a version was missed', { mailbox_version: 12 }],
    ['a change was missed', { from_change: 4 }],
    ['the chat is unknown', { thread_id: '99' }],
    ['a message was edited', { messages: [hello(2)] }],
    ['marks moved', { messages: [], participants: [{ ...shop, delivered: 1, read: 1 }] }],
    ['an advert came', { messages: [{ ...hello(4), body: { type: 'unsent', is_sponsored: true } as const }] }],
  ])('asks the server when %s', (_, change) => {
    expect(moved(start, frame(change), '1')).toBeNull();
  });

  it('starts anew when the server is another one', () => {
    expect(caughtUp(start, page([], 11, { epoch: '2' }))).toBeNull();
  });

  it('never goes back to an older card', () => {
    const state = caughtUp(start, page([card('2', 4, { unread_count: 9 })], 10));
    expect(state && unreadChats(state)).toBe(0);
  });
});
