/* A long press by touch, or a right click: how phones and desktops ask for a message's menu. */
import type { Attachment } from 'svelte/attachments';

const HOLD_MS = 450;
const DRIFT_PX = 8;

export function longPress(onpress: () => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    const cancel = () => clearTimeout(timer);
    const handlers = {
      pointerdown: (event: PointerEvent) => {
        if (event.pointerType !== 'touch') return;
        start = { x: event.clientX, y: event.clientY };
        timer = setTimeout(onpress, HOLD_MS);
      },
      pointermove: (event: PointerEvent) => {
        if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > DRIFT_PX) cancel();
      },
      pointerup: cancel,
      pointercancel: cancel,
      contextmenu: (event: MouseEvent) => {
        // A link keeps the browser's own menu.
        if ((event.target as Element).closest('a')) return;
        event.preventDefault();
        cancel();
        onpress();
      },
    };
    const on = Object.entries(handlers) as [string, EventListener][];
    for (const [name, handler] of on) element.addEventListener(name, handler);
    return () => {
      cancel();
      for (const [name, handler] of on) element.removeEventListener(name, handler);
    };
  };
}
