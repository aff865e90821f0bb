/* Reports adverts that were really looked at: in batches, each once, again when the server could not be reached. */
import { api, ApiError, ask, type Wire } from '$api/client';

const WAIT_MS = 2_000;
const BATCH_MAX = 100;

export class SeenReports {
  #waiting: Wire['SeenItem'][] = [];
  readonly #known = new Set<string>();
  #isDue = false;

  add(item: Wire['SeenItem']): void {
    if (this.#known.has(item.delivery_id)) return;
    this.#known.add(item.delivery_id);
    this.#waiting.push(item);
    this.#schedule();
  }

  async #report(): Promise<void> {
    this.#isDue = false;
    const seen = this.#waiting.splice(0, BATCH_MAX);
    try {
      await ask(api.POST('/api/seen', { body: { seen }, keepalive: true }));
    } catch (error) {
      // A refusal stays one; a lost connection comes back.
      if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) this.#waiting.unshift(...seen);
    }
    if (this.#waiting.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => void this.#report(), WAIT_MS);
  }
}
