/* The parts that every screen of the messenger shares: made once with the page. */
import type { Wire } from '$api/client';
import { Clock } from '$dom/clock.svelte';
import { Theme } from '$ui/theme.svelte';
import { Toasts } from '$ui/toasts.svelte';
import { Deeds } from './contacts';
import { Route } from './route.svelte';
import { SeenReports } from './seen';
import { Session } from './session.svelte';
import { t } from './t';

export const route = new Route();
export const clock = new Clock();
export const theme = new Theme();
export const toasts = new Toasts();
export const seenReports = new SeenReports();
export const session = new Session({
  ontime: (at) => clock.follow(at),
  onended: () => toasts.show(t('way_in.ended')),
});

/** What the doors that were opened said: the business behind a thread, and words for its composer. */
export const doors: Record<string, Wire['OpenedThread']> = {};

export const deeds = new Deeds(toasts);

/** What was written and not sent, by thread; kept as long as the page. */
export const drafts: Record<string, string> = {};
