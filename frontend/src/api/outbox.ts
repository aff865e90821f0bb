/* Messages that wait for their acknowledgement, kept in the browser so that they outlive a reload.
   Each person has their own; without storage it lasts as long as the page. */
import type { Wire } from './client';

/** A message on its way: sent again under the same client id until it is acknowledged or refused. */
export interface Outgoing {
  client_id: string;
  thread_id: string;
  as_business_id: string | null;
  body: Wire['Send']['body'];
  sent_at: string;
  /** Why the server does not take it, in words; it then waits for the person. */
  refusal: string | null;
}

const NAME = 'rejoinder';
const STORE = 'outbox';

export class Outbox {
  readonly #personId: string;
  readonly #opened: Promise<IDBDatabase | null>;

  constructor(personId: string) {
    this.#personId = personId;
    this.#opened = open().catch(() => null);
  }

  /** What is kept, in the order in which it was written. */
  async load(): Promise<Outgoing[]> {
    const rows = (await this.#run('readonly', (store) => store.getAll(this.#range()))) as Outgoing[] | undefined;
    return (rows ?? []).sort((a, b) => a.sent_at.localeCompare(b.sent_at));
  }

  async put(outgoing: Outgoing): Promise<void> {
    await this.#run('readwrite', (store) => store.put(outgoing, [this.#personId, outgoing.client_id]));
  }

  async remove(clientId: string): Promise<void> {
    await this.#run('readwrite', (store) => store.delete([this.#personId, clientId]));
  }

  /** On signing out: nothing of a person stays on a shared device. */
  async clear(): Promise<void> {
    await this.#run('readwrite', (store) => store.delete(this.#range()));
  }

  #range(): IDBKeyRange {
    return IDBKeyRange.bound([this.#personId, ''], [this.#personId, '\uffff']);
  }

  async #run(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.#opened;
    if (!database) return undefined;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
    });
  }
}

/** An id for a message; works on plain http too, where randomUUID does not. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no storage'));
  });
}
