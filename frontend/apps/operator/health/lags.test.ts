import { expect, it } from 'vitest';
import { lagsIn } from './lags';

it('reads waiting and parked facts by consumer', () => {
  const text = [
    '# HELP rejoinder_outbox_waiting Facts a consumer has still to read',
    'rejoinder_outbox_waiting{consumer="inbox"} 12.0',
    'rejoinder_outbox_waiting{consumer="ads.withdraw"} 0.0',
    'rejoinder_outbox_parked{consumer="inbox"} 1.0',
    'process_open_fds 30.0',
  ].join('\n');
  expect(lagsIn(text)).toEqual([
    { consumer: 'ads.withdraw', waiting: 0, parked: 0 },
    { consumer: 'inbox', waiting: 12, parked: 1 },
  ]);
});
