/* A made-up thread that shows every shape and state a message can have. */
import type { Body, Message, Face, Pending, Sender } from '$chat/types';
import art from './art.svg';

export const reader: Sender = { kind: 'person', id: '4410' };
export const shop: Face = { kind: 'business', id: '77', name: 'Fern & Fable Books', hue: 150, is_verified: true };
export const friend: Face = { kind: 'person', id: '91', name: 'Amara Okafor', hue: 25, is_verified: false };
export const now = new Date();

const MINUTE_MS = 60_000;
let position = 0;

function message(from: Sender, minutes: number, body: Body | string, more: Partial<Message> = {}): Message {
  position += 1;
  return {
    position,
    client_id: String(position),
    sender: { kind: from.kind, id: from.id },
    body: typeof body === 'string' ? { type: 'text', text: body } : body,
    sent_at: new Date(now.getTime() - minutes * MINUTE_MS).toISOString(),
    change: position,
    ...more,
  };
}

export const advert = {
  type: 'sponsored',
  headline: 'Three for two on nature writing',
  text: 'Pick any three paperbacks from our nature table until 30 November.',
  image_url: art,
  button: { title: 'See the list', url: 'https://fern.example/list' },
  payer: 'Fern & Fable Ltd',
  beneficiary: 'Fern & Fable Ltd',
  delivery_id: '9001',
  token: 'sample',
} as const;

const edited = { edited_at: now.toISOString() };

export const thread: Message[] = [
  message(reader, 1700, 'Hi! Do you have The Salt Path in paperback?'),
  message(shop, 1698, 'Hello Robin 👋 We do, two copies on the shelf.', { agent_id: '31' }),
  message(shop, 1697, '£10.99, or £9.50 with your reader card.', { agent_id: '31' }),
  message(reader, 1690, 'Lovely. Are you open on Sunday?', edited),
  message(
    shop,
    1688,
    'Yes, 10:00 to 16:00. The reading group meets at 14:00 if you fancy staying on: https://fern.example/group.',
    {
      agent_id: '31',
    },
  ),
  message(reader, 1687, { type: 'unsent' }),
  message(shop, 95, {
    type: 'card',
    title: 'The Salt Path, Raynor Winn',
    subtitle: 'Paperback, £10.99. Two copies kept behind the till.',
    image_url: art,
    buttons: [
      { type: 'postback', title: 'Keep one for me', payload: 'KEEP' },
      { type: 'url', title: 'Read the first chapter', url: 'https://fern.example/salt' },
    ],
  }),
  message(reader, 94, { type: 'postback', text: 'Keep one for me', payload: 'KEEP' }),
  message(shop, 60, advert),
  message(reader, 50, 'STOP'),
  message(shop, 50, { type: 'stop_confirmed', business_name: shop.name }),
  message(shop, 12, 'Done, it is behind the till.'),
  message(shop, 11, {
    type: 'options',
    text: 'Shall we wrap it as a present?',
    quick_replies: [
      { title: 'Yes, please', payload: 'YES' },
      { title: 'Not today', payload: 'NO' },
      { title: 'What does it cost?', payload: 'COST' },
    ],
  }),
];

export const talk: Message[] = [
  message(friend, 30, 'Train gets in at 18:42 🙌'),
  message(reader, 28, 'I’ll be on the platform'),
  message(reader, 28, 'With snacks'),
  message(
    friend,
    27,
    'You are the best. Could you bring the blue jacket as well? It should be on the hook by the door, or under the pile on the chair.',
  ),
  message(reader, 5, 'Found it!'),
];

export const outbox: Pending[] = [
  {
    client_id: 'a',
    body: { type: 'text', text: 'Also: do you still have my umbrella?' },
    sent_at: now.toISOString(),
    failed: true,
  },
  { client_id: 'b', body: { type: 'text', text: 'See you at the gate' }, sent_at: now.toISOString() },
];

export const people: (Face & { preview: string; minutes: number; unread: number })[] = [
  { ...shop, preview: 'Shall we wrap it as a present?', minutes: 11, unread: 1 },
  { ...friend, preview: 'You: Found it!', minutes: 5, unread: 0 },
  {
    kind: 'business',
    id: '78',
    name: 'Harbour Clinic',
    hue: 200,
    is_verified: true,

    preview: 'Your appointment is confirmed',
    minutes: 300,
    unread: 0,
  },
  {
    kind: 'person',
    id: '93',
    name: 'Mateus Lima',
    hue: 330,
    is_verified: false,
    preview: 'You: sounds good, see you then',
    minutes: 1500,
    unread: 0,
  },
  {
    kind: 'business',
    id: '79',
    name: 'Kettle & Crumb',
    hue: 70,
    is_verified: false,
    preview: 'Order 2291 is ready to collect',
    minutes: 4400,
    unread: 0,
  },
  {
    kind: 'person',
    id: '95',
    name: 'Yuki Tanaka',
    hue: 290,
    is_verified: false,
    preview: 'That photo!',
    minutes: 40_000,
    unread: 0,
  },
];
