/* The parts that every screen of the operator shares: made once with the page. */
import { Address } from '$dom/address.svelte';
import { Clock } from '$dom/clock.svelte';
import { Theme } from '$ui/theme.svelte';
import { Toasts } from '$ui/toasts.svelte';

export const address = new Address('/operator');
export const clock = new Clock();
export const theme = new Theme();
export const toasts = new Toasts();
