import { describe, expect, it } from 'vitest';
import type { Wire } from './client';
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

const ada = { kind: 'person', id: '1' } as const;
const ben = { kind: 'person', id: '2' } as const;
const marks = [
  { ...ada, delivered: 0, read: 0 },
  { ...ben, delivered: 0, read: 0 },
];

function message(position: number, change = position, text = `m${position}`): Wire['MessageView'] {
  const sender = position % 2 ? ada : ben;
  const sent_at = new Date(Date.UTC(2026, 0, 1, 0, position)).toISOString();
  return {
    position,
    change,
    sender,
    client_id: `c${position}`,
    body: { type: 'text', text },
    sent_at,
    edited_at: null,
    agent_id: null,
  };
}

/** A thread's whole history, one change at a time: messages, edits, an unsend, marks. */
const history: Span[] = [
  { messages: [message(1)] },
  { messages: [message(2)] },
  { messages: [message(3)] },
  { participants: [{ ...ben, delivered: 3, read: 1 }] },
  { messages: [message(2, 5, 'edited')] },
  { messages: [message(4, 6)] },
  { messages: [{ ...message(3, 7), body: { type: 'unsent', is_sponsored: false } as const }] },
  { participants: [{ ...ben, delivered: 3, read: 3 }] },
  { messages: [message(2, 9, 'edited again')] },
].map((news, i) => ({ from_change: i, to_change: i + 1, messages: [], participants: [], ...news }));

const empty: ThreadState = { messages: [], participants: marks, change: 0, hasEarlier: false };
const follow = (state: ThreadState, spans: readonly Span[]) =>
  spans.reduce((known, span) => applied(known, span) ?? known, state);
const truth = follow(empty, history);

/** What the server answers to `changes?since=`: every message that changed, as it is now. */
function changesSince(since: number): Span {
  const messages = truth.messages.filter(({ change }) => change > since);
  return { from_change: since, to_change: truth.change, messages, participants: truth.participants };
}

/** The same pseudo-random numbers each time. */
function* dice(seed: number) {
  for (let x = seed; ;) yield (x = (x * 48271) % 2147483647) / 2147483647;
}

describe('a thread', () => {
  it('is the sum of its changes', () => {
    expect(truth.messages.map(({ body }) => ('text' in body ? body.text : body.type))).toEqual([
      'm1',
      'edited again',
      'unsent',
      'm4',
    ]);
    expect(truth.change).toBe(9);
    expect(marksOf(truth, ben)).toEqual({ delivered: 3, read: 3 });
    expect(lastPosition(truth)).toBe(4);
  });

  it('asks when a change is missing, and changes nothing until then', () => {
    const known = follow(empty, history.slice(0, 2));
    expect(applied(known, history[3] as Span)).toBeNull();
    expect(applied(known, changesSince(known.change))).toEqual(truth);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('converges when frames are lost, doubled and mixed up (%i)', (seed) => {
    const numbers = dice(seed);
    const next = () => numbers.next().value as number;
    const frames = [...history, ...history].filter(() => next() > 0.4).sort(() => next() - 0.5);
    let state: ThreadState = empty;
    for (const frame of frames) state = applied(state, frame) ?? applied(state, changesSince(state.change)) ?? state;
    state = applied(state, changesSince(state.change)) ?? state;
    expect(state).toEqual(truth);
  });

  it('never lets an older form of a message win', () => {
    const late: Span = { from_change: 8, to_change: 10, messages: [message(2, 5, 'edited')], participants: [] };
    expect(applied(truth, late)?.messages[1]?.body).toMatchObject({ text: 'edited again' });
  });

  it('takes an own message once, by acknowledgement, by frame, or by both', () => {
    const acked = { type: 'acked', thread_id: '9', client_id: 'c5', position: 5, change: 10 } as const;
    const known = acknowledged(truth, { ...acked, sent_at: 'x', mailbox_version: 1 }, ada, message(5).body);
    expect(known?.messages.length).toBe(5);
    const frame: Span = { from_change: 9, to_change: 10, messages: [message(5, 10)], participants: [] };
    expect(applied(known as ThreadState, frame)).toBe(known);
    expect(applied(truth, frame)?.messages.length).toBe(5);
  });

  it('does not tell of an acknowledgement that others overtook', () => {
    const acked = { type: 'acked', thread_id: '9', client_id: 'c6', position: 6, change: 12 } as const;
    expect(acknowledged(truth, { ...acked, sent_at: 'x', mailbox_version: 1 }, ben, message(6).body)).toBeNull();
  });
});

describe('earlier messages', () => {
  const page = { messages: [message(3), message(4)], has_more: true };
  const state = opened(page, marks, 4);

  it('are put in front, once', () => {
    const all = withEarlier(state, { messages: [message(1), message(2), message(3)], has_more: false });
    expect(all.messages.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect(all.hasEarlier).toBe(false);
  });

  it('leave no hole when one that is not here is edited', () => {
    const span: Span = { from_change: 4, to_change: 5, messages: [message(1, 5, 'edited')], participants: [] };
    const next = applied(state, span);
    expect(next?.messages.map(({ position }) => position)).toEqual([3, 4]);
    expect(next?.change).toBe(5);
  });
});
