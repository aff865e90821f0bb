/* Something that is loaded: waiting, there, or failed with a reason. What is there stays while it is loaded again. */

export class Resource<T> {
  data = $state.raw<T>();
  /** Why the last try failed, in words; null while there is nothing to say. */
  problem = $state<string | null>(null);
  #turn = 0;
  readonly #load: () => Promise<T>;

  constructor(load: () => Promise<T>) {
    this.#load = load;
    void this.refresh();
  }

  /** Loads again. Of answers that overtake each other the newest counts. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    this.problem = null;
    try {
      const data = await this.#load();
      if (turn === this.#turn) this.data = data;
    } catch (error) {
      if (turn === this.#turn) this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
