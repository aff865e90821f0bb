/* The hours of a report as a chart wants them: every hour from first to last, quiet ones with zeros; days, where there are many. */
import type { Wire } from '$api/client';

type Hour = Wire['ReportHour'];
const HOUR_S = 3600;
/** More hours than these are too thin to see. */
const HOURS_MOST = 72;

export interface Lines {
  step: 'hour' | 'day';
  times: number[];
  delivered: number[];
  seen: number[];
  replied: number[];
  /** In micro-units. */
  spend: number[];
}

export function linesOf(hours: readonly Hour[]): Lines {
  const starts = hours.map(({ at }) => new Date(at).getTime() / 1000);
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  const step = last - first > HOURS_MOST * HOUR_S ? 'day' : 'hour';
  const lines: Lines = { step, times: [], delivered: [], seen: [], replied: [], spend: [] };
  if (hours.length === 0) return lines;
  // A step of nothing before, so that a single busy hour is a line and not a point.
  for (let time = startOf(first, step, -1); time <= last; time = startOf(time, step, 1)) {
    const next = startOf(time, step, 1);
    const inside = hours.filter((_, i) => time <= (starts[i] ?? 0) && (starts[i] ?? 0) < next);
    const sum = (count: (hour: Hour) => number | string) => inside.reduce((all, hour) => all + Number(count(hour)), 0);
    lines.times.push(time);
    lines.delivered.push(sum((hour) => hour.delivered_count));
    lines.seen.push(sum((hour) => hour.seen_count));
    lines.replied.push(sum((hour) => hour.replied_count));
    lines.spend.push(sum((hour) => hour.spend_micros));
  }
  return lines;
}

/** Where the step so many after this one begins; days are the reader's, of 23 to 25 hours. */
function startOf(time: number, step: Lines['step'], after: number): number {
  if (step === 'hour') return time + after * HOUR_S;
  const at = new Date(time * 1000);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + after).getTime() / 1000;
}
