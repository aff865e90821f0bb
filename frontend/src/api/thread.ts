/* What a device knows of one thread, and how each piece of news changes it. Pure: the same news in any order, twice or
   with gaps, ends in the same state once the gaps are filled. */
import type { Wire } from './client';

type MessageView = Wire['MessageView'];
type ParticipantView = Wire['ParticipantView'];
type ParticipantRef = Wire['ParticipantRef'];

export interface ThreadState {
  /** In the thread's order, without holes. */
  messages: readonly MessageView[];
  participants: readonly ParticipantView[];
  /** Everything up to this change is in here. */
  change: number;
  /** Whether there are messages before the first one. */
  hasEarlier: boolean;
}

/** Changes after `from_change`, up to `to_change`. */
export interface Span {
  from_change: number;
  to_change: number;
  messages: readonly MessageView[];
  participants: readonly ParticipantView[];
}

/** From the newest messages; `change` was read before them, so nothing after it is missed. */
export function opened(
  page: Wire['MessagePage'],
  participants: readonly ParticipantView[],
  change: number,
): ThreadState {
  return { messages: page.messages, participants, change, hasEarlier: page.has_more };
}

/** With earlier messages in front. */
export function withEarlier(state: ThreadState, page: Wire['MessagePage']): ThreadState {
  const first = state.messages[0]?.position ?? Infinity;
  const earlier = page.messages.filter(({ position }) => position < first);
  return { ...state, messages: [...earlier, ...state.messages], hasEarlier: page.has_more };
}

/** With a span applied; null when something between is missing and has to be asked for. */
export function applied(state: ThreadState, span: Span): ThreadState | null {
  if (span.to_change <= state.change) return state;
  if (span.from_change > state.change) return null;
  return {
    ...state,
    messages: merged(state, span.messages),
    participants: furthest(state.participants, span.participants),
    change: span.to_change,
  };
}

/** With an own message that the server has stored; null when others changed the thread before it. */
export function acknowledged(
  state: ThreadState,
  acked: Wire['Acked'],
  sender: ParticipantRef,
  body: MessageView['body'],
): ThreadState | null {
  const { position, change, client_id, sent_at } = acked;
  const message = { position, change, client_id, sent_at, sender, body, edited_at: null, agent_id: null };
  return applied(state, { from_change: change - 1, to_change: change, messages: [message], participants: [] });
}

/** The last position: of any message that is here. */
export function lastPosition(state: ThreadState): number {
  return state.messages.at(-1)?.position ?? 0;
}

/** How far one participant got. */
export function marksOf(state: ThreadState, { kind, id }: ParticipantRef): { delivered: number; read: number } {
  const found = state.participants.find((one) => one.kind === kind && one.id === id);
  return { delivered: found?.delivered ?? 0, read: found?.read ?? 0 };
}

function merged(state: ThreadState, news: readonly MessageView[]): readonly MessageView[] {
  if (news.length === 0) return state.messages;
  const byPosition = new Map(state.messages.map((message) => [message.position, message]));
  const first = state.messages[0]?.position ?? 0;
  for (const message of news) {
    const known = byPosition.get(message.position);
    // What lies before the first one here is loaded when the reader gets there.
    if (!known && state.hasEarlier && message.position < first) continue;
    if (!known || known.change <= message.change) byPosition.set(message.position, message);
  }
  return [...byPosition.values()].sort((a, b) => a.position - b.position);
}

function furthest(known: readonly ParticipantView[], news: readonly ParticipantView[]): readonly ParticipantView[] {
  if (news.length === 0) return known;
  const moved = known.map((one) => {
    const newer = news.find(({ kind, id }) => kind === one.kind && id === one.id);
    if (!newer) return one;
    return {
      ...one,
      delivered: Math.max(one.delivered, newer.delivered),
      read: Math.max(one.read, newer.read),
    };
  });
  const unknown = news.filter((one) => !known.some(({ kind, id }) => kind === one.kind && id === one.id));
  return [...moved, ...unknown];
}
