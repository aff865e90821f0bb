/* The time that screens show, in step with the server's clock, moving every few seconds. */

/* eslint-disable svelte/prefer-svelte-reactivity -- dates here are replaced, never changed */
const TICK_MS = 15_000;

export class Clock {
  now = $state(new Date());
  #ahead_ms = 0;

  /** What the server says the time is: labels and countdowns follow it, not a wrong device clock. */
  follow(serverTime: string): void {
    this.#ahead_ms = new Date(serverTime).getTime() - Date.now();
    this.#tick();
  }

  /** The time this very moment. */
  exact(): Date {
    return new Date(Date.now() + this.#ahead_ms);
  }

  /** Starts moving; returns how to stop. */
  start(): () => void {
    const timer = setInterval(() => this.#tick(), TICK_MS);
    return () => clearInterval(timer);
  }

  #tick(): void {
    this.now = this.exact();
  }
}
