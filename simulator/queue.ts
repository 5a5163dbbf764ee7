import type { Cancellable } from './contract.ts';

export interface QueuedEvent {
  readonly atMs: number;
  readonly sequence: number;
  readonly label: string;
  /** Does not keep the world awake. */
  readonly background: boolean;
  readonly action: () => void;
  state: 'queued' | 'cancelled' | 'taken';
}

/** Below this length a sweep of cancelled entries is not worth its time. */
const SWEEP_LENGTH_MIN = 512;

/** A binary heap of events by (instant, sequence). Cancelled entries stay until they surface or outnumber the rest. */
export class EventQueue {
  #heap: QueuedEvent[] = [];
  #sequence = 0;
  #foreground = 0;
  #cancelled = 0;

  /** Queued events that keep the world awake. */
  get foreground(): number {
    return this.#foreground;
  }

  get length(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(atMs: number, label: string, background: boolean, action: () => void): Cancellable {
    const event: QueuedEvent = {
      atMs,
      sequence: this.#sequence,
      label,
      background,
      action,
      state: 'queued',
    };
    this.#sequence += 1;
    if (!background) this.#foreground += 1;
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return { cancel: () => this.#cancel(event) };
  }

  /** The next event, still queued. */
  peek(): QueuedEvent | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first?.state !== 'cancelled') return first;
      this.#removeFirst();
      this.#cancelled -= 1;
    }
  }

  take(): QueuedEvent | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#removeFirst();
    first.state = 'taken';
    if (!first.background) this.#foreground -= 1;
    return first;
  }

  #cancel(event: QueuedEvent): void {
    if (event.state !== 'queued') return;
    event.state = 'cancelled';
    if (!event.background) this.#foreground -= 1;
    this.#cancelled += 1;
    if (this.#heap.length > SWEEP_LENGTH_MIN && this.#cancelled * 2 > this.#heap.length) {
      this.#sweep();
    }
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.state === 'queued').sort(order);
    this.#cancelled = 0;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    let index = from;
    const event = heap[index];
    if (event === undefined) return;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || order(parent, event) <= 0) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  #sink(): void {
    const heap = this.#heap;
    const event = heap[0];
    if (event === undefined) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const rightFirst = right !== undefined && order(right, left) < 0;
      const child = rightFirst ? right : left;
      if (order(event, child) <= 0) break;
      heap[index] = child;
      index = 2 * index + (rightFirst ? 2 : 1);
    }
    heap[index] = event;
  }
}

function order(one: QueuedEvent, other: QueuedEvent): number {
  return one.atMs - other.atMs || one.sequence - other.sequence;
}
