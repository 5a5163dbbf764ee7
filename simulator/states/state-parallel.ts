/** Parallel: all branches side by side; the first that fails ends the others. */

import type { Json } from '../contract.ts';
import { Frame } from './frame.ts';
import { overQuota } from './json.ts';
import type { ParallelState } from './machine.ts';
import { tooLarge, type Visit } from './visit.ts';

export function runParallel(visit: Visit, state: ParallelState): void {
  const { frame } = visit;
  const input = state.argument(visit.env());
  const text = JSON.stringify(input);
  if (overQuota(text)) {
    visit.fail(tooLarge(`The state/task '${state.name}'`));
    return;
  }
  const startedId = frame.record('ParallelStateStarted');
  const results: Json[] = state.branches.map(() => null);
  let open = state.branches.length;
  const branches: Frame[] = state.branches.map(
    (table, index) =>
      new Frame({
        execution: visit.execution,
        table,
        variables: frame.variables.inner(),
        place: 'branch',
        lastEventId: startedId,
        ...(frame.mapItem === undefined ? {} : { mapItem: frame.mapItem }),
        onEnd: (end) => {
          const branch = branches[index];
          if (branch === undefined) return;
          frame.lastEventId = branch.lastEventId;
          if (end.kind === 'failed') {
            for (const other of branches) other.abort();
            visit.fail(end.failure);
            return;
          }
          results[index] = end.output;
          open -= 1;
          if (open === 0) succeed(visit, state, results);
        },
      }),
  );
  visit.hold({
    cancel: () => {
      for (const branch of branches) branch.cancel();
    },
  });
  for (const branch of branches) branch.start(input, text);
}

function succeed(visit: Visit, state: ParallelState, results: Json[]): void {
  visit.frame.recordAside('ParallelStateSucceeded');
  visit.succeed(() => state.finish(visit.env(), results), state.next);
}
