/* How long until a moment, in words: "3 hours", then "12 minutes", never "0 minutes" while time is left. */
import { t } from './t';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function timeLeft(ms: number): string {
  if (ms >= 2 * DAY_MS) return t('time.days', { count: Math.floor(ms / DAY_MS) });
  if (ms >= HOUR_MS) return t('time.hours', { count: Math.floor(ms / HOUR_MS) });
  return t('time.minutes', { count: Math.max(1, Math.ceil(ms / MINUTE_MS)) });
}
