/* Keyboard movement inside one composite control (a menu, a list of tabs, messages): arrows, Home and End move the focus. */
import type { Attachment } from 'svelte/attachments';

export function arrowKeys(selector: string): Attachment<HTMLElement> {
  return (group) => {
    const onkeydown = (event: KeyboardEvent) => {
      const items = [...group.querySelectorAll<HTMLElement>(selector)];
      const at = items.indexOf(event.target as HTMLElement);
      const next = at < 0 ? null : move(event.key, at, items.length, getComputedStyle(group).direction === 'rtl');
      if (next === null) return;
      event.preventDefault();
      items[next]?.focus();
    };
    group.addEventListener('keydown', onkeydown);
    return () => group.removeEventListener('keydown', onkeydown);
  };
}

/** Where a key leads from item `at` of `count`, or null when the key is not for us. */
export function move(key: string, at: number, count: number, rightToLeft: boolean): number | null {
  const onwards = rightToLeft ? -1 : 1;
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: onwards, ArrowLeft: -onwards }[key];
  if (step !== undefined) return (at + step + count) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : null;
}
