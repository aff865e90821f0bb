/* Keyboard movement inside one composite control (a menu, a list of tabs): arrows, Home and End move the focus. */
import type { Attachment } from 'svelte/attachments';

export function arrowKeys(selector: string): Attachment<HTMLElement> {
  return (group) => {
    const onkeydown = (event: KeyboardEvent) => {
      const items = [...group.querySelectorAll<HTMLElement>(selector)];
      const at = items.indexOf(document.activeElement as HTMLElement);
      const next = move(event.key, at, items.length, getComputedStyle(group).direction === 'rtl');
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
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rightToLeft ? -1 : 1, ArrowLeft: rightToLeft ? 1 : -1 }[key];
  if (count === 0) return null;
  if (step !== undefined) return (Math.max(at, step > 0 ? -1 : 0) + step + count) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : null;
}
