/* What an agent does with an item: take it or give it away, finish it, open it again. */
import { api, ask } from '$api/client';
import { Form } from '$ui/form.svelte';
import { toasts } from '../app.svelte';
import { t } from '../t';
import type { Desk } from './desk.svelte';

export class Handling {
  readonly form = new Form();
  readonly #desk: Desk;
  readonly #params: { path: { business_id: string; thread_id: string } };

  constructor(desk: Desk, businessId: string, threadId: string) {
    this.#desk = desk;
    this.#params = { path: { business_id: businessId, thread_id: threadId } };
  }

  async assign(personId: string | null): Promise<void> {
    await this.#do(async () => {
      const params = this.#params;
      this.#desk.inbox.put(
        await ask(
          api.POST('/api/businesses/{business_id}/inbox/{thread_id}/assign', {
            params,
            body: { person_id: personId },
          }),
        ),
      );
    });
  }

  async finish(): Promise<void> {
    const done = await this.#do(async () => {
      this.#desk.inbox.put(
        await ask(api.POST('/api/businesses/{business_id}/inbox/{thread_id}/done', { params: this.#params })),
      );
    });
    if (done) toasts.show(t('thread.finished'), { label: t('thread.reopen'), run: () => void this.reopen() });
  }

  async reopen(): Promise<void> {
    await this.#do(async () => {
      this.#desk.inbox.put(
        await ask(api.POST('/api/businesses/{business_id}/inbox/{thread_id}/open', { params: this.#params })),
      );
    });
  }

  async #do(work: () => Promise<void>): Promise<boolean> {
    const done = await this.form.submit(work);
    if (this.form.problem) toasts.show(this.form.problem);
    // The counts moved with it.
    if (done) void this.#desk.inbox.catchUp();
    return done;
  }
}
