/* The traces that the server's own tests keep: a snapshot, the frames that followed, and the snapshot they must make. */
import { expect, it } from 'vitest';
import type { Wire } from './client';
import { applied, opened, type ThreadState } from './thread';

interface Snapshot {
  last_change: number;
  messages: Wire['MessageView'][];
  participants: Wire['ParticipantView'][];
}
interface Trace {
  before: Snapshot;
  frames: Wire['Changed'][];
  after: Snapshot;
}

const traces = import.meta.glob<Trace>('../../../tests/chat/traces/*.json', { eager: true, import: 'default' });
const begin = ({ messages, participants, last_change }: Snapshot): ThreadState =>
  opened({ messages, has_more: false }, participants, last_change);

it.each(Object.entries(traces))('follows %s to the snapshot that a new device is told', (_, trace) => {
  const { before, frames, after } = trace;
  const state = frames.reduce((known, frame) => applied(known, frame) ?? known, begin(before));
  expect(frames.length).toBeGreaterThan(0);
  expect(state).toEqual(begin(after));
});
