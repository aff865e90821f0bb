/* Faces for the chat kit out of what the console's addresses answer. */
import type { Face } from '$chat/types';

interface Shown {
  id: string;
  name: string;
  hue: number;
}

export const businessFace = ({ id, name, hue }: Shown, is_verified = false): Face => ({
  kind: 'business',
  id,
  name,
  hue,
  is_verified,
});
export const personFace = ({ id, name, hue }: Shown): Face => ({ kind: 'person', id, name, hue, is_verified: false });
