/** Map: the processor once for each item, inline or as executions of its own. */

import type { Json } from '../contract.ts';
import type { Env } from './env.ts';
import { Frame } from './frame.ts';
import { overQuota } from './json.ts';
import type { MapState } from './machine.ts';
import { batchesOf } from './state-map-batches.ts';
import { runDistributed } from './state-map-distributed.ts';
import { tooLarge, type Visit } from './visit.ts';

/** At most this many iterations of an inline Map run at once. Source: developer guide, "Using Map state in Inline mode". */
const INLINE_CONCURRENCY_MAX = 40;

export function runMap(visit: Visit, state: MapState): void {
  const env = visit.env();
  const seen = env.with({ input: state.argument(env) });
  const items = state.items(seen);
  const asked = state.maxConcurrency(seen);
  visit.frame.record('MapStateStarted', { length: items.length });
  if (state.distributed) {
    const tolerated = {
      percentage: state.toleratedPercentage(seen),
      count: state.toleratedCount(seen),
    };
    const inputs = inputsOf(visit, state, seen, items);
    const batching = state.batching?.(seen);
    const batches =
      batching === undefined
        ? inputs.map((input) => ({ input, itemCount: 1 }))
        : batchesOf(inputs, batching);
    runDistributed(visit, state, batches, asked, tolerated);
    return;
  }
  const limit = asked === 0 ? INLINE_CONCURRENCY_MAX : Math.min(asked, INLINE_CONCURRENCY_MAX);
  new InlineRun(visit, state, seen, items).start(limit);
}

/** What each iteration gets. */
function inputsOf(visit: Visit, state: MapState, env: Env, items: readonly Json[]): Json[] {
  return items.map((item, index) => inputOf(visit, state, env, item, index));
}

function inputOf(visit: Visit, state: MapState, env: Env, item: Json, index: number): Json {
  if (state.itemInput === undefined) return item;
  return state.itemInput(env.with({ context: visit.context({ Index: index, Value: item }) }), item);
}

class InlineRun {
  readonly #visit: Visit;
  readonly #state: MapState;
  readonly #env: Env;
  readonly #items: readonly Json[];
  readonly #results: Json[];
  readonly #open = new Map<number, Frame>();
  #nextIndex = 0;
  #done = 0;
  #failed = false;
  /** What the next iteration's start follows. */
  #previousId: number;

  constructor(visit: Visit, state: MapState, env: Env, items: readonly Json[]) {
    this.#visit = visit;
    this.#state = state;
    this.#env = env;
    this.#items = items;
    this.#results = items.map(() => null);
    this.#previousId = visit.frame.lastEventId;
  }

  start(limit: number): void {
    this.#visit.hold({ cancel: () => this.#cancel() });
    if (this.#items.length === 0) {
      this.#succeed();
      return;
    }
    for (let slot = 0; slot < Math.min(limit, this.#items.length); slot += 1) this.#startNext();
  }

  #startNext(): void {
    const index = this.#nextIndex;
    const item = this.#items[index];
    if (item === undefined || this.#failed) return;
    this.#nextIndex += 1;
    const visit = this.#visit;
    const input = inputOf(visit, this.#state, this.#env, item, index);
    const text = JSON.stringify(input);
    if (overQuota(text)) {
      this.#failed = true;
      this.#abortOthers();
      visit.fail(tooLarge(`The state/task '${this.#state.name}'`));
      return;
    }
    const details = { name: this.#state.name, index };
    const { history, nowMs } = visit.execution;
    const startedId = history.add('MapIterationStarted', this.#previousId, nowMs, details);
    const frame = new Frame({
      execution: visit.execution,
      table: this.#state.processor,
      variables: visit.frame.variables.inner(),
      place: 'iteration',
      lastEventId: startedId,
      mapItem: { Index: index, Value: item },
      onEnd: (end) => {
        this.#open.delete(index);
        if (end.kind === 'failed') {
          frame.recordAside('MapIterationFailed', details);
          visit.frame.lastEventId = frame.lastEventId;
          this.#abortOthers();
          visit.fail(end.failure);
          return;
        }
        this.#results[index] = end.output;
        this.#iterationDone(frame, details);
      },
    });
    this.#open.set(index, frame);
    frame.start(input, text);
  }

  #iterationDone(frame: Frame, details: Readonly<Record<string, unknown>>): void {
    this.#previousId = frame.lastEventId;
    this.#visit.frame.lastEventId = frame.recordAside('MapIterationSucceeded', details);
    this.#done += 1;
    if (this.#done === this.#items.length) this.#succeed();
    else this.#visit.guard(() => this.#startNext());
  }

  #succeed(): void {
    const visit = this.#visit;
    visit.frame.recordAside('MapStateSucceeded');
    visit.succeed(() => this.#state.finish(visit.env(), this.#results), this.#state.next);
  }

  #abortOthers(): void {
    for (const [index, frame] of this.#open) {
      frame.abort();
      frame.recordAside('MapIterationAborted', { name: this.#state.name, index });
    }
    this.#open.clear();
  }

  #cancel(): void {
    for (const frame of this.#open.values()) frame.cancel();
    this.#open.clear();
  }
}
