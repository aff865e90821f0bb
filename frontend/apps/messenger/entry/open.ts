/* Opens the chat behind a code or a handle; a handle may be a person's. */
import { api, ask, type Wire } from '$api/client';
import { doors, session } from '../app.svelte';

export type DoorSign = { code: string } | { handle: string };

/** The id of the thread. */
export async function openDoor(door: DoorSign): Promise<string> {
  const threadId = 'handle' in door ? await openHandle(door.handle) : await openBusiness(door);
  session.live?.catchUpSoon();
  return threadId;
}

async function openHandle(handle: string): Promise<string> {
  const holder = await ask(api.GET('/api/handles/{handle}', { params: { path: { handle } } }));
  if (holder.kind === 'business') return openBusiness({ handle });
  return (await ask(api.POST('/api/threads', { body: { handle } }))).thread.id;
}

async function openBusiness(body: Wire['OpenRequest']): Promise<string> {
  const opened = await ask(api.POST('/api/open', { body }));
  doors[opened.thread_id] = opened;
  return opened.thread_id;
}
