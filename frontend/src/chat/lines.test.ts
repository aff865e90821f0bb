import { describe, expect, it } from 'vitest';
import { formats } from '../i18n/formats';
import { toLines, type MessageLine, type Shown } from './lines';
import type { Body, Message, Sender } from './types';

const me: Sender = { kind: 'person', id: '1' };
const shop: Sender = { kind: 'business', id: '2' };
const advert: Body = {
  type: 'sponsored',
  headline: 'Three for two',
  text: 'Until Sunday.',
  button: { title: 'See the list', url: 'https://fern.example/list' },
  payer: 'Fern Ltd',
  beneficiary: 'Fern & Fable',
  delivery_id: '5',
  token: 'x',
};

let position = 0;
function message(sender: Sender, time: string, more: Partial<Message> = {}): Message {
  position += 1;
  return {
    position,
    client_id: String(100 + position),
    sender,
    body: { type: 'text', text: 'Hello' },
    sent_at: `2026-11-22T${time}Z`,
    change: position,
    ...more,
  };
}

function shown(messages: Message[], more: Partial<Shown> = {}) {
  const { dayNumber } = formats('en', [], 'UTC');
  return toLines({
    messages,
    pending: [],
    reader: me,
    receipts: { delivered: 0, read: 0 },
    readUpTo: null,
    agents: { '31': 'Ines' },
    dayNumber,
    ...more,
  });
}
const bubbles = (...given: Parameters<typeof shown>) =>
  shown(...given).filter((line): line is MessageLine => line.kind === 'message');
const groups = (lines: MessageLine[]) =>
  lines.map(({ first, last }) => (first ? '[' : '') + '.' + (last ? ']' : '')).join('');

describe('groups', () => {
  it('joins one sender’s messages within five minutes', () => {
    expect(groups(bubbles([message(shop, '10:00:00'), message(shop, '10:04:59'), message(shop, '10:09:59')]))).toBe(
      '[..][.]',
    );
  });

  it('parts senders, agents, and cards from bubbles', () => {
    const card: Body = { type: 'card', title: 'Table for two', buttons: [] };
    expect(groups(bubbles([message(shop, '10:00:00'), message(me, '10:00:01')]))).toBe('[.][.]');
    expect(groups(bubbles([message(shop, '10:00:00', { agent_id: '31' }), message(shop, '10:00:01')]))).toBe('[.][.]');
    expect(groups(bubbles([message(shop, '10:00:00'), message(shop, '10:00:01', { body: card })]))).toBe('[.][.]');
  });

  it('parts at midnight, with a day between', () => {
    const lines = shown([message(shop, '23:59:00'), message(shop, '10:00:00', { sent_at: '2026-11-23T00:01:00Z' })]);
    expect(lines.map(({ kind }) => kind)).toEqual(['day', 'message', 'day', 'message']);
    expect(groups(lines.filter((line) => line.kind === 'message'))).toBe('[.][.]');
  });
});

describe('what is new', () => {
  it('is marked once, before the first unread message of somebody else', () => {
    const messages = [
      message(shop, '10:00:00'),
      message(me, '10:01:00'),
      message(shop, '10:02:00'),
      message(shop, '10:03:00'),
    ];
    const lines = shown(messages, { readUpTo: messages[0]?.position ?? 0 });
    expect(lines.map(({ kind }) => kind)).toEqual(['day', 'message', 'message', 'unread', 'message', 'message']);
  });

  it('is never an advert', () => {
    const lines = shown([message(shop, '10:00:00', { body: advert })], { readUpTo: 0 });
    expect(lines.map(({ kind }) => kind)).toEqual(['day', 'message']);
  });
});

describe('status', () => {
  it('follows the other side’s receipts, for one’s own messages only', () => {
    const messages = [
      message(me, '10:00:00'),
      message(me, '10:00:01'),
      message(me, '10:00:02'),
      message(shop, '10:00:03'),
    ];
    const [first, second] = messages;
    const receipts = { read: first?.position ?? 0, delivered: second?.position ?? 0 };
    expect(bubbles(messages, { receipts }).map(({ status }) => status)).toEqual(['read', 'delivered', 'sent', null]);
  });

  it('shows the outbox after the stored messages, and nothing twice', () => {
    const stored = message(me, '10:00:00');
    const waiting = { client_id: '7', body: stored.body, sent_at: stored.sent_at };
    const lines = bubbles([stored], {
      pending: [{ ...waiting, client_id: stored.client_id }, waiting, { ...waiting, client_id: '8', failed: true }],
    });
    expect(lines.map(({ status }) => status)).toEqual(['sent', 'sending', 'failed']);
  });

  it('keeps a message’s key when it is acknowledged', () => {
    const stored = message(me, '10:00:00');
    const [before] = bubbles([], { pending: [stored] });
    const [after] = bubbles([stored]);
    expect(after?.key).toBe(before?.key);
  });
});

it('shows nothing of an unsent message, not even that it was edited', () => {
  const [line] = bubbles([message(shop, '10:00:00', { edited_at: '2026-11-22T10:05:00Z', body: { type: 'unsent' } })]);
  expect(line).toMatchObject({ body: { type: 'unsent' }, edited: false });
});

it('shows nothing at all of a withdrawn advert', () => {
  expect(shown([message(shop, '10:00:00', { body: { type: 'unsent', is_sponsored: true } })])).toEqual([]);
});

it('names agents only to those who know them', () => {
  const messages = [message(shop, '10:00:00', { agent_id: '31' }), message(shop, '10:00:01', { agent_id: '32' })];
  expect(bubbles(messages).map(({ agent_name }) => agent_name)).toEqual(['Ines', null]);
});
