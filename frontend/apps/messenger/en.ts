/* Words of the messenger's own screens. */
export const en = {
  'app.title': 'Chats',
} as const;
