/* Calls back once when at least half of an element has been on screen for one second in a focused window:
   what "seen" means for a sponsored message. */
import type { Attachment } from 'svelte/attachments';

const SHARE = 0.5;
const DWELL_MS = 1000;

export function whenSeen(onseen: () => void): Attachment<HTMLElement> {
  return (element) => {
    let onScreen = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const consider = () => {
      const watched = onScreen && document.visibilityState === 'visible' && document.hasFocus();
      if (!watched) {
        clearTimeout(timer);
        timer = undefined;
      } else {
        timer ??= setTimeout(seen, DWELL_MS);
      }
    };
    const observer = new IntersectionObserver(
      (entries) => {
        onScreen = (entries.at(-1)?.intersectionRatio ?? 0) >= SHARE;
        consider();
      },
      { threshold: SHARE },
    );
    const stop = () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('visibilitychange', consider);
      window.removeEventListener('focus', consider);
      window.removeEventListener('blur', consider);
    };
    const seen = () => {
      stop();
      onseen();
    };
    observer.observe(element);
    document.addEventListener('visibilitychange', consider);
    window.addEventListener('focus', consider);
    window.addEventListener('blur', consider);
    return stop;
  };
}
