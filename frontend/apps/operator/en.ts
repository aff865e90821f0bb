/* Words of the operator's own screens. */
export const en = {
  'app.title': 'Review',
} as const;
