/* Faces for the chat kit out of what the server's addresses answer. */
import type { Wire } from '$api/client';
import type { Face } from '$chat/types';

export const businessFace = ({ id, name, hue, is_verified }: Wire['PublicProfile']): Face => ({
  kind: 'business',
  id,
  name,
  hue,
  is_verified,
});
