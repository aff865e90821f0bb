/* Messages as one line of a list. */
import type { ThreadCard } from '$api/mailbox';
import type { Status } from '$chat/types';
import { t } from './t';

export function previewWords({ preview }: ThreadCard, me: string): string {
  if (!preview) return '';
  const { sender, type, text } = preview;
  const mine = sender.kind === 'person' && sender.id === me;
  if (type === 'unsent') return mine ? t('preview.unsent_mine') : t('preview.unsent');
  if (type === 'stop_confirmed') return t('preview.stopped');
  return mine ? t('preview.mine', { text }) : text;
}

/** How far the reader's own message has come, when it is the newest. */
export function ownStatus({ preview, participants, other }: ThreadCard, me: string): Status | null {
  if (!preview || preview.type === 'unsent' || preview.type === 'stop_confirmed') return null;
  if (preview.sender.kind !== 'person' || preview.sender.id !== me) return null;
  const there = participants.find(({ kind, id }) => kind === other.kind && id === other.id);
  if (preview.position <= (there?.read ?? 0)) return 'read';
  return preview.position <= (there?.delivered ?? 0) ? 'delivered' : 'sent';
}
