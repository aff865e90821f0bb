/* From messages to what a list shows: days, the mark of what is new, groups, and each message's status.
   Pure; the components only draw it. */
import type { Body, Message, Pending, Receipts, Sender, Status } from './types';

export interface MessageLine {
  kind: 'message';
  key: string;
  client_id: string;
  sender: Sender;
  agent_name: string | null;
  body: Body;
  sent_at: Date;
  edited: boolean;
  mine: boolean;
  /** First and last of a group: same sender, same shape, at most five minutes apart. */
  first: boolean;
  last: boolean;
  status: Status | null;
  /** Why it was not sent. */
  reason: string | null;
  /** The stored message, or null while it is only on this device. */
  stored: Message | null;
}
export type Line = MessageLine | { kind: 'day'; key: string; at: Date } | { kind: 'unread'; key: string };

export interface Shown {
  messages: readonly Message[];
  pending: readonly Pending[];
  reader: Sender;
  receipts: Receipts;
  /** The reader's read position when the thread was opened; null marks nothing as new. */
  readUpTo: number | null;
  /** Names of the business's agents by id, where the reader may know them. */
  agents: Readonly<Record<string, string>>;
  dayNumber: (at: Date) => number;
}

const GROUP_MS = 5 * 60_000;

export function toLines(shown: Shown): Line[] {
  const visible = shown.messages.filter(({ body }) => !(body.type === 'unsent' && body.is_sponsored));
  const entries = [...visible.map((message) => fromStored(message, shown)), ...fromOutbox(shown)];
  const lines: Line[] = [];
  let unreadMarked = shown.readUpTo === null;
  entries.forEach((entry, i) => {
    const previous = entries[i - 1];
    if (!previous || shown.dayNumber(previous.sent_at) !== shown.dayNumber(entry.sent_at)) {
      lines.push({ kind: 'day', key: `day ${shown.dayNumber(entry.sent_at)} ${entry.key}`, at: entry.sent_at });
      entry.first = true;
    }
    if (!unreadMarked && isNews(entry) && (entry.stored?.position ?? 0) > (shown.readUpTo ?? 0)) {
      unreadMarked = true;
      lines.push({ kind: 'unread', key: 'unread' });
      entry.first = true;
    }
    if (!previous || !together(previous, entry)) entry.first = true;
    if (entry.first && previous) previous.last = true;
    lines.push(entry);
  });
  const end = entries.at(-1);
  if (end) end.last = true;
  return lines;
}

/** Something the reader would want to be told of: never an advert, never what the reader did. */
export function isNews(line: MessageLine): boolean {
  return !line.mine && line.body.type !== 'sponsored' && line.body.type !== 'stop_confirmed';
}

function fromStored(message: Message, { reader, receipts, agents }: Shown): MessageLine {
  const mine = message.sender.kind === reader.kind && message.sender.id === reader.id;
  return {
    ...unplaced(message.sender, message.client_id, message.sent_at),
    agent_name: agents[message.agent_id ?? ''] ?? null,
    body: message.body,
    edited: Boolean(message.edited_at) && message.body.type !== 'unsent',
    mine,
    status: mine ? statusAt(message.position, receipts) : null,
    stored: message,
  };
}

function fromOutbox({ pending, messages, reader }: Shown): MessageLine[] {
  // An acknowledgement and a catch-up may both bring a message that the outbox has not let go of yet.
  const stored = new Set(messages.map(({ sender, client_id }) => keyOf(sender, client_id)));
  return pending
    .filter(({ client_id }) => !stored.has(keyOf(reader, client_id)))
    .map(({ client_id, body, sent_at, failed, reason }) => ({
      ...unplaced(reader, client_id, sent_at),
      body,
      mine: true,
      status: failed ? 'failed' : 'sending',
      reason: reason ?? null,
    }));
}

/** The same key before and after the acknowledgement, so that a bubble stays where it is. */
const keyOf = (sender: Sender, clientId: string) => `${sender.kind} ${sender.id} ${clientId}`;

function unplaced(sender: Sender, clientId: string, sentAt: string): MessageLine {
  return {
    kind: 'message',
    key: keyOf(sender, clientId),
    client_id: clientId,
    sender,
    agent_name: null,
    body: { type: 'unsent' },
    sent_at: new Date(sentAt),
    edited: false,
    mine: false,
    first: false,
    last: false,
    status: null,
    reason: null,
    stored: null,
  };
}

function statusAt(position: number, { delivered, read }: Receipts): Status {
  if (position <= read) return 'read';
  return position <= delivered ? 'delivered' : 'sent';
}

function together(a: MessageLine, b: MessageLine): boolean {
  return (
    a.sender.kind === b.sender.kind &&
    a.sender.id === b.sender.id &&
    a.agent_name === b.agent_name &&
    isBubble(a.body) === isBubble(b.body) &&
    Math.abs(b.sent_at.getTime() - a.sent_at.getTime()) < GROUP_MS
  );
}

export function isBubble(body: Body): boolean {
  return body.type !== 'card' && body.type !== 'sponsored' && body.type !== 'stop_confirmed';
}
