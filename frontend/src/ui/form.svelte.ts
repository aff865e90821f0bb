/* A form on its way to the server: busy or not, what is wrong with which field, what is wrong with the whole. */

/** What a refusal may name besides its message. */
interface Refusal {
  message: string;
  field?: string | null;
}

export class Form {
  busy = $state(false);
  errors = $state<Record<string, string>>({});
  /** What is wrong and belongs to no field. */
  problem = $state<string | null>(null);
  readonly #fields: readonly string[];

  /** `fields`: those that show their own errors; a refusal that names another one is shown for the whole form. */
  constructor(fields: readonly string[] = []) {
    this.#fields = fields;
  }

  /** Runs the work once at a time. True when it went through; else the refusal is where it belongs. */
  async submit(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.errors = {};
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.#place(error as Refusal);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #place({ message, field }: Refusal): void {
    // Nested places, as in quick_replies.2.title, are shown at the field they are in.
    const name = this.#fields.find((known) => field === known || field?.split(/[.[]/).includes(known));
    if (name) this.errors = { [name]: message };
    else this.problem = message;
  }
}
