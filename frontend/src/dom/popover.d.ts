/* In browsers, not yet in TypeScript's library: the element that a popover is anchored to. */
interface HTMLElement {
  showPopover(options?: { source?: HTMLElement }): void;
}
