/* What a person can do about a business, at once and with a way back. */
import { api, ask, wordsOf, type Wire } from '$api/client';
import type { Toasts } from '$ui/toasts.svelte';
import { t } from './t';

export type ContactVerb = 'stop' | 'undo-stop' | 'block' | 'unblock' | 'unmute' | 'less';
export const MUTE_DAYS = 7;

export function changeContact(business_id: string, verb: ContactVerb): Promise<Wire['ContactOut']> {
  return ask(api.POST('/api/contacts/{business_id}/{verb}', { params: { path: { business_id, verb } } }));
}

export function muteContact(business_id: string): Promise<Wire['ContactOut']> {
  const params = { path: { business_id } };
  return ask(api.POST('/api/contacts/{business_id}/mute', { params, body: { days: MUTE_DAYS } }));
}

export async function setBlocked(person_id: string, isBlocked: boolean): Promise<void> {
  const params = { path: { person_id } };
  if (isBlocked) await ask(api.POST('/api/people/{person_id}/block', { params }));
  else await ask(api.POST('/api/people/{person_id}/unblock', { params }));
}

export async function setAdsOff(ads_off: boolean): Promise<Wire['ProtectionsOut']> {
  const { cap_day, cap_week, quiet_from, quiet_until } = await ask(api.GET('/api/protections'));
  return ask(api.PUT('/api/protections', { body: { ads_off, cap_day, cap_week, quiet_from, quiet_until } }));
}

/** Does something, says so, and offers to take it back. */
export class Deeds {
  readonly #toasts: Toasts;

  constructor(toasts: Toasts) {
    this.#toasts = toasts;
  }

  async act(deed: () => Promise<unknown>, done: string, undo?: () => Promise<unknown>): Promise<boolean> {
    try {
      await deed();
    } catch (error) {
      this.#toasts.show(wordsOf(error));
      return false;
    }
    const takeBack = () => void this.act(undo ?? deed, t('deed.undone'));
    this.#toasts.show(done, undo && { label: t('deed.undo'), run: takeBack });
    return true;
  }
}
