/* How a participant looks without a picture: initials and a colour of their own. */

export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join('')
    .toLocaleUpperCase();
}

/** A hue that stays with an id; neighbours on the circle differ for consecutive ids as well. */
export function hue(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 100_003;
  return (hash * 137) % 360;
}
