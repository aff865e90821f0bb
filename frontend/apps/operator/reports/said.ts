/* A handed-over message is a copy of any kind of body: what can be read of it. */

export interface Said {
  position: number;
  sender_id: string;
  sent_at: string | null;
  text: string;
}

const words = (value: unknown): string[] => (typeof value === 'string' && value ? [value] : []);

export function saidIn(copy: Readonly<Record<string, unknown>>): Said {
  const body = (typeof copy['body'] === 'object' && copy['body'] !== null ? copy['body'] : {}) as Record<
    string,
    unknown
  >;
  return {
    position: Number(copy['position'] ?? 0),
    sender_id: String(copy['sender_id'] ?? ''),
    sent_at: words(copy['sent_at'])[0] ?? null,
    text: [body['headline'], body['title'], body['subtitle'], body['text']].flatMap(words).join('\n'),
  };
}
