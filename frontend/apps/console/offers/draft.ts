/* An offer while it is written: what the four steps fill in, and what goes over the wire. */
import type { Wire } from '$api/client';
import { microsOf, unitsOf } from '../money/amount';
import type { Offer } from './states';

export const STEPS = ['write', 'who', 'when', 'money'] as const;
export type Step = (typeof STEPS)[number];
export const DAYS = [7, 30, 90, 180, 365] as const;

/** Which step a refusal by the server belongs to, by its field. */
export const STEP_OF_FIELD: Record<string, Step> = {
  headline: 'write',
  text: 'write',
  image_url: 'write',
  button_title: 'write',
  button_url: 'write',
  payer: 'write',
  beneficiary: 'write',
  audience: 'who',
  starts_at: 'when',
  ends_at: 'when',
  total_micros: 'money',
  bid_micros: 'money',
};

export interface OfferDraft {
  headline: string;
  text: string;
  image_url: string;
  button_title: string;
  button_url: string;
  wrote_within_days: number | null;
  entry_point_ids: string[];
  /** Local times as a date field has them; no start means: as soon as it is approved. */
  starts_at: string;
  ends_at: string;
  /** Units of the currency, as somebody writes them. */
  total: string;
  bid: string;
}

const DAY_MS = 86_400_000;
const RUNS_DAYS = 7;
const USUAL_TOTAL = '20.00';

export function newDraft(suggestion: Wire['Suggestion'], now: Date): OfferDraft {
  return {
    headline: '',
    text: '',
    image_url: '',
    button_title: '',
    button_url: '',
    wrote_within_days: null,
    entry_point_ids: [],
    starts_at: '',
    ends_at: localTime(new Date(now.getTime() + RUNS_DAYS * DAY_MS)),
    total: USUAL_TOTAL,
    bid: unitsOf(suggestion.bid_micros),
  };
}

export function draftOf({ content, audience, starts_at, ends_at, total_micros, bid_micros }: Offer): OfferDraft {
  return {
    headline: content.headline,
    text: content.text,
    image_url: content.image_url ?? '',
    button_title: content.button_title,
    button_url: content.button_url ?? '',
    wrote_within_days: audience.wrote_within_days ?? null,
    entry_point_ids: audience.entry_point_ids ?? [],
    starts_at: localTime(new Date(starts_at)),
    ends_at: localTime(new Date(ends_at)),
    total: unitsOf(total_micros),
    bid: unitsOf(bid_micros),
  };
}

/** What goes over the wire. Amounts that are none go as they are: the server's words say what is wrong. */
export function bodyOf(draft: OfferDraft) {
  const days = DAYS.find((step) => step === draft.wrote_within_days);
  return {
    headline: draft.headline,
    text: draft.text,
    image_url: draft.image_url.trim() || null,
    button_title: draft.button_title,
    button_url: draft.button_url.trim() || null,
    audience: { wrote_within_days: days ?? null, entry_point_ids: draft.entry_point_ids },
    starts_at: draft.starts_at ? new Date(draft.starts_at).toISOString() : null,
    ends_at: new Date(draft.ends_at).toISOString(),
    total_micros: microsOf(draft.total) ?? '0',
    bid_micros: microsOf(draft.bid) ?? '0',
  };
}

/** A moment as `<input type="datetime-local">` wants it, in the reader's zone. */
export function localTime(at: Date): string {
  const pad = (part: number) => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** What is missing in a step before the next one makes sense: the names of fields. */
export function missingIn(step: Step, draft: OfferDraft): (keyof OfferDraft)[] {
  const needed: Record<Step, (keyof OfferDraft)[]> = {
    write: ['headline', 'text', 'button_title'],
    who: [],
    when: ['ends_at'],
    money: ['total', 'bid'],
  };
  return needed[step].filter((name) => {
    const value = draft[name];
    return typeof value === 'string' && (!value.trim() || (step === 'money' && microsOf(value) === null));
  });
}

/** How many seen messages a total pays for at least. */
export function seenFor(total: string, bid: string): number | null {
  const [all, each] = [microsOf(total), microsOf(bid)];
  return all === null || each === null || each === '0' ? null : Math.floor(Number(all) / Number(each));
}
