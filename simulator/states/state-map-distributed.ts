/**
 * A distributed Map: each item is an execution of its own, with its own history, which the parent's does not tell.
 * Variables of the parent are not seen. Source: developer guide, "Using Map state in Distributed mode".
 */

import type { Json } from '../contract.ts';
import { type Failure, StatesErrorName } from './errors.ts';
import { Execution } from './execution.ts';
import { overQuota } from './json.ts';
import { uuidFrom } from './jsonata.ts';
import type { MapState } from './machine.ts';
import type { Batch } from './state-map-batches.ts';
import { tooLarge, type Visit } from './visit.ts';

/** At most this many children run at once. Source: developer guide, "Quotas". */
const CHILDREN_MAX = 10_000;
/** Five minutes. Source: developer guide, "Quotas", Express workflows. */
const EXPRESS_SECONDS_MAX = 300;

export interface Tolerated {
  /** 0 to 100. */
  readonly percentage: number;
  readonly count: number;
}

export function runDistributed(
  visit: Visit,
  state: MapState,
  batches: readonly Batch[],
  concurrency: number,
  tolerated: Tolerated,
): void {
  new MapRun(visit, state, batches, tolerated).start(
    concurrency === 0 ? CHILDREN_MAX : Math.min(concurrency, CHILDREN_MAX),
  );
}

class MapRun {
  readonly #visit: Visit;
  readonly #state: MapState;
  readonly #batches: readonly Batch[];
  readonly #itemCount: number;
  readonly #tolerated: Tolerated;
  readonly #results: (Json | undefined)[];
  readonly #label: string;
  readonly #children = new Set<Execution>();
  #next = 0;
  #done = 0;
  /** Items, not children. */
  #failed = 0;
  #over = false;

  constructor(visit: Visit, state: MapState, batches: readonly Batch[], tolerated: Tolerated) {
    this.#visit = visit;
    this.#state = state;
    this.#batches = batches;
    this.#itemCount = batches.reduce((sum, { itemCount }) => sum + itemCount, 0);
    this.#tolerated = tolerated;
    this.#results = batches.map(() => undefined);
    // Without a Label AWS makes one of its own.
    this.#label = state.label ?? uuidFrom(visit.execution.random).slice(0, 8);
  }

  start(limit: number): void {
    const { execution, frame } = this.#visit;
    const { machineArn, machineName } = execution.identity;
    const run = uuidFrom(execution.random);
    const prefix = machineArn.slice(0, machineArn.lastIndexOf(':stateMachine:'));
    frame.record('MapRunStarted', {
      mapRunArn: `${prefix}:mapRun:${machineName}/${this.#label}:${run}`,
    });
    this.#visit.hold({ cancel: () => this.#cancel() });
    if (this.#batches.length === 0) {
      this.#succeed();
      return;
    }
    for (let slot = 0; slot < Math.min(limit, this.#batches.length); slot += 1) this.#startNext();
  }

  #startNext(): void {
    const index = this.#next;
    const batch = this.#batches[index];
    if (batch === undefined || this.#over) return;
    this.#next += 1;
    const { input, itemCount } = batch;
    if (overQuota(JSON.stringify(input))) {
      this.#visit.fail(tooLarge(`The state/task '${this.#state.name}'`));
      return;
    }
    const parent = this.#visit.execution;
    const name = uuidFrom(parent.random);
    const { machineArn, machineName } = parent.identity;
    const childMachine = `${machineName}/${this.#label}`;
    const child = new Execution({
      ...parent.options,
      machine: this.#state.express
        ? { ...this.#state.processor, timeoutSeconds: EXPRESS_SECONDS_MAX }
        : this.#state.processor,
      identity: {
        ...parent.identity,
        name,
        arn: `${machineArn.replace(':stateMachine:', ':execution:')}/${this.#label}:${name}`,
        machineArn: `${machineArn}/${this.#label}`,
        machineName: childMachine,
      },
      input,
      silent: true,
      onStatus: (execution) => this.#childChanged(execution, index, itemCount),
    });
    this.#children.add(child);
    child.start();
  }

  #childChanged(child: Execution, index: number, itemCount: number): void {
    if (child.running || this.#over) return;
    this.#children.delete(child);
    this.#visit.execution.transitions += child.transitions;
    this.#visit.execution.inside(() => {
      this.#done += 1;
      if (child.outputText === undefined) this.#failed += itemCount;
      else this.#results[index] = JSON.parse(child.outputText) as Json;
      if (this.#intolerable()) this.#fail();
      else if (this.#done === this.#batches.length) this.#succeed();
      else this.#startNext();
    });
  }

  #intolerable(): boolean {
    if (this.#failed === 0) return false;
    const { count, percentage } = this.#tolerated;
    const tooMany = this.#failed > count;
    if (percentage === 0) return tooMany;
    const share = (this.#failed / this.#itemCount) * 100;
    return share > percentage || (count > 0 && tooMany);
  }

  #fail(): void {
    const failure: Failure = {
      error: StatesErrorName.exceedToleratedFailureThreshold,
      cause: 'The specified tolerated failure threshold was exceeded',
    };
    this.#visit.frame.record('MapRunFailed', { ...failure });
    this.#visit.fail(failure);
  }

  /** The outputs of the iterations that succeeded, in order. */
  #succeed(): void {
    this.#over = true;
    const visit = this.#visit;
    visit.frame.record('MapRunSucceeded');
    visit.frame.recordAside('MapStateSucceeded');
    const results = this.#results.filter((result) => result !== undefined);
    visit.succeed(() => this.#state.finish(visit.env(), results), this.#state.next);
  }

  #cancel(): void {
    this.#over = true;
    for (const child of this.#children) child.stop();
    this.#children.clear();
  }
}
