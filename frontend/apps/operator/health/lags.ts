/* How far the consumers of facts are behind, out of the metrics text. */

export interface Lag {
  consumer: string;
  waiting: number;
  /** Facts that a consumer could not digest. */
  parked: number;
}

const LINE = /^rejoinder_outbox_(waiting|parked)\{consumer="([^"]+)"\} ([0-9.e+]+)$/;

export function lagsIn(metrics: string): Lag[] {
  const lags: Record<string, Lag> = {};
  for (const line of metrics.split('\n')) {
    const [, kind, consumer, value] = LINE.exec(line) ?? [];
    if (!kind || !consumer) continue;
    const lag = (lags[consumer] ??= { consumer, waiting: 0, parked: 0 });
    lag[kind as 'waiting' | 'parked'] = Number(value);
  }
  return Object.values(lags).sort((a, b) => a.consumer.localeCompare(b.consumer));
}
