/* Words of the console's own screens. */
export const en = {
  'app.title': 'Inbox',
} as const;
