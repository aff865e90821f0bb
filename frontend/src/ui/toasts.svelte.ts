/* Short notes about what just happened, with at most one way to take it back. */

export interface Toast {
  key: number;
  text: string;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6000;

export class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;

  show(text: string, action?: Toast['action']): void {
    const key = ++this.#last;
    this.list.push({ key, text, ...(action && { action }) });
    setTimeout(() => this.dismiss(key), SHOWN_MS);
  }

  dismiss(key: number): void {
    this.list = this.list.filter((toast) => toast.key !== key);
  }
}
