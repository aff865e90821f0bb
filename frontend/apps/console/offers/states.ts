/* How an offer's state is shown, and what can be done in it. */
import type { Wire } from '$api/client';

export type Offer = Wire['OfferView'];
export type Status = Offer['status'];
export type Verb = Wire['MoveRequest']['verb'];

type Tone = 'neutral' | 'good' | 'waiting' | 'danger';
const TONES: Record<Status, Tone> = {
  draft: 'neutral',
  in_review: 'waiting',
  refused: 'danger',
  scheduled: 'waiting',
  running: 'good',
  paused: 'neutral',
  budget_used: 'neutral',
  no_money: 'danger',
  over: 'neutral',
  ended: 'neutral',
};
export const toneOf = (status: Status): Tone => TONES[status];

/** What there is to say beyond the state's own word. */
export const wordsBeside = ({ status_words }: Offer, state: string): string | undefined =>
  status_words.replace(/\.$/, '') === state ? undefined : status_words;

/** What moves an offer on from where it stands. */
export function verbsFor(status: Status): Verb[] {
  if (status === 'ended' || status === 'draft' || status === 'in_review' || status === 'refused') return [];
  return status === 'paused' ? ['resume', 'end'] : ['pause', 'end'];
}

/** Whether the words of an offer can be changed now. */
export const isEditable = (status: Status): boolean => status !== 'ended' && status !== 'in_review';

/** Whether anything can have been delivered. */
export const hasReport = (status: Status): boolean => !['draft', 'in_review', 'refused'].includes(status);
