/* One socket that stays: it opens again after every loss, a little later each time, and notices when nobody answers.
   What frames mean is decided elsewhere. */
import type { Wire } from './client';

export type ServerFrame = Wire['LiveServerFrame'];
export type ClientFrame = Wire['LiveClientFrame'];
export type Link = 'online' | 'connecting' | 'offline';

export interface SocketEvents {
  onframe: (frame: ServerFrame) => void;
  onlink: (link: Link) => void;
  /** The session ended: it will not open again. */
  onsignedout: () => void;
}

const SIGNED_OUT = 4401;
const WAIT_FIRST_MS = 400;
const WAIT_LONGEST_MS = 5_000;
const PING_MS = 20_000;
/** Within this a ping, or an attempt to open, is answered, or the socket is given up. */
const ANSWER_MS = 8_000;

export class LiveSocket {
  readonly #url: string;
  readonly #events: SocketEvents;
  #socket: WebSocket | null = null;
  #attempts = 0;
  #running = false;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(url: string, events: SocketEvents) {
    this.#url = url;
    this.#events = events;
  }

  start(): void {
    this.#running = true;
    window.addEventListener('online', this.#hurry);
    window.addEventListener('offline', this.#drop);
    document.addEventListener('visibilitychange', this.#check);
    this.#open();
  }

  stop(): void {
    this.#running = false;
    window.removeEventListener('online', this.#hurry);
    window.removeEventListener('offline', this.#drop);
    document.removeEventListener('visibilitychange', this.#check);
    this.#close();
  }

  /** True when the frame is on its way; never a promise that it arrived. */
  send(frame: ClientFrame): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #open(): void {
    this.#close();
    this.#events.onlink(navigator.onLine ? 'connecting' : 'offline');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const patience = setTimeout(() => this.#again(socket), ANSWER_MS);
    this.#timers.push(patience);
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      clearTimeout(patience);
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === 'welcome') {
        this.#attempts = 0;
        this.#events.onlink('online');
      }
      this.#expectSilence(socket);
      if (frame.type !== 'pong') this.#events.onframe(frame);
    };
    socket.onclose = ({ code }) => this.#again(socket, code);
  }

  /** After a silence it asks whether anybody is there, and gives up when nobody says so. */
  #expectSilence(socket: WebSocket): void {
    this.#clearTimers();
    const ask = () => {
      this.send({ type: 'ping' });
      this.#timers.push(setTimeout(() => this.#again(socket), ANSWER_MS));
    };
    this.#timers.push(setTimeout(ask, PING_MS));
  }

  #again(socket: WebSocket, code?: number): void {
    if (socket !== this.#socket) return;
    this.#close();
    if (!this.#running) return;
    if (code === SIGNED_OUT) {
      this.stop();
      this.#events.onsignedout();
      return;
    }
    this.#events.onlink(navigator.onLine ? 'connecting' : 'offline');
    // Many clients lose their server at once; they must not come back at once.
    const longest = Math.min(WAIT_LONGEST_MS, WAIT_FIRST_MS * 2 ** this.#attempts++);
    this.#timers.push(setTimeout(() => this.#open(), longest * (0.5 + Math.random() / 2)));
  }

  readonly #hurry = () => {
    this.#attempts = 0;
    this.#open();
  };

  readonly #drop = () => {
    this.#close();
    this.#events.onlink('offline');
  };

  /** A phone that wakes up does not know yet that its socket died. */
  readonly #check = () => {
    if (document.visibilityState !== 'visible') return;
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return this.#hurry();
    this.send({ type: 'ping' });
    this.#timers.push(setTimeout(() => this.#again(socket), ANSWER_MS));
  };

  #close(): void {
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #clearTimers(): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers = [];
  }
}
