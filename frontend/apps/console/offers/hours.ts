/* The hours of a report as a chart wants them: every hour from first to last, quiet ones with zeros. */
import type { Wire } from '$api/client';

type Hour = Wire['ReportHour'];
const HOUR_S = 3600;

export interface Lines {
  times: number[];
  delivered: number[];
  seen: number[];
  replied: number[];
  /** In micro-units. */
  spend: number[];
}

export function linesOf(hours: readonly Hour[]): Lines {
  const byTime = new Map(hours.map((hour) => [new Date(hour.at).getTime() / 1000, hour]));
  const [first, last] = [Math.min(...byTime.keys()), Math.max(...byTime.keys())];
  const lines: Lines = { times: [], delivered: [], seen: [], replied: [], spend: [] };
  if (byTime.size === 0) return lines;
  // An hour of nothing before, so that a single busy hour is a line and not a point.
  for (let time = first - HOUR_S; time <= last; time += HOUR_S) {
    const hour = byTime.get(time);
    lines.times.push(time);
    lines.delivered.push(hour?.delivered_count ?? 0);
    lines.seen.push(hour?.seen_count ?? 0);
    lines.replied.push(hour?.replied_count ?? 0);
    lines.spend.push(Number(hour?.spend_micros ?? 0));
  }
  return lines;
}
