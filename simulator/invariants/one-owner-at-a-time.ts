import type { TraceLine } from '../world.ts';
import type { LedgerView } from './ledger-view.ts';
import {
  fleetOf,
  type Invariant,
  isActiveRefresh,
  isRunning,
  textMember,
  type Witness,
} from './witness.ts';

/** Calls by which a fleet is moved, and the states of Rollout in which they are made. */
const ACTS: ReadonlySet<string> = new Set([
  'StartInstanceRefresh',
  'CancelInstanceRefresh',
  'RollbackInstanceRefresh',
  'SuspendProcesses',
  'ResumeProcesses',
  'UpdateAutoScalingGroup',
]);
const ACTING_STATES: ReadonlySet<string> = new Set([
  'Start the instance refresh',
  'Hold the fleet',
  'Resume the fleet',
  'Cancel the refresh',
  'Lift the hold',
  'Start the way back',
  'Pin the launch template version',
]);

/** From the call of a function to its begin: a cold start, and what a storm may hold it up. */
const STARTS_WITHIN_MS = 10_000;

const FORWARD = 'Start the instance refresh';
const SURVEY = 'Survey the fleet';

/**
 * 4. At most one release per image and one refresh per fleet at a time; two owners never act at once: whoever moves a
 * fleet is the owner of its lock, and a lock that goes from one owner to another gets a higher generation. A fleet goes
 * forward for a release that has its image claimed.
 */
export const oneOwnerAtATime: Invariant = (witness, broke) => {
  const stateOf = new Map<string, string>();
  /** When each function that is at work began, by its name, oldest first; and since when each fleet has its owner. */
  const began = new Map<string, number[]>();
  const ownedSince = new Map<string, number>();
  /** When an execution ended that had just called a function to move a fleet, which may still be about to begin; by fleet. */
  const diedActing = new Map<string, number>();
  const locks = new Map<string, { owner: string | undefined; generation: number }>();

  let wentBackMs: number | undefined;
  let looked: LedgerView | undefined;
  const look = (): void => {
    const ledger = witness.ledger();
    if (ledger === looked) return;
    looked = ledger;
    const { releases, locks: seen } = ledger;
    // What a person has put back went back: from there on generations rise again.
    if (witness.ledgerWentBackMs?.() !== wentBackMs) locks.clear();
    wentBackMs = witness.ledgerWentBackMs?.();
    const open = releases.filter(({ outcome }) => outcome === undefined);
    for (const image of Object.keys(witness.catalogue.images)) {
      const own = open.filter((release) => release.image === image);
      if (own.length > 1) {
        broke(`image ${image} has ${own.length} releases: ${own.map(({ id }) => id).join(', ')}`);
      }
    }
    for (const { of, name, executionArn: owner, generation } of seen) {
      const key = `${of} ${name}`;
      const before = locks.get(key);
      locks.set(key, { owner, generation });
      if (before === undefined) continue;
      const changed = owner !== undefined && owner !== before.owner;
      if (changed) ownedSince.set(key, witness.nowMs());
      if (generation < before.generation || (changed && generation === before.generation)) {
        broke(
          `the lock of ${key} went from ${before.owner ?? 'nobody'} at generation ${before.generation} to ${owner ?? 'nobody'} at ${generation}`,
        );
      }
    }
  };

  const refreshes = (): void => {
    for (const { name, autoScalingGroupName } of Object.values(witness.catalogue.fleets)) {
      const active = witness.group(autoScalingGroupName)?.refreshes.filter(isActiveRefresh) ?? [];
      if (active.length > 1) {
        broke(
          `fleet ${name} has ${active.length} refreshes: ${active.map(({ id }) => id).join(', ')}`,
        );
      }
    }
  };

  return {
    line: (line) => {
      if (line.kind === 'state') {
        if (line.phase === 'entered') {
          stateOf.set(line.execution, line.state);
          if (line.state === FORWARD) judgeForward(witness, line.execution, broke);
        } else if (line.phase === 'exited') stateOf.delete(line.execution);
      }
      if (line.kind === 'invocation') {
        const own = began.get(line.functionName) ?? [];
        if (line.phase === 'started') own.push(witness.nowMs());
        else own.shift();
        began.set(line.functionName, own);
      }
      if (line.kind === 'execution') {
        if (line.phase === 'ended') {
          const execution = witness.execution(line.execution);
          const fleet = execution && fleetOf(execution);
          const isActing = ACTING_STATES.has(stateOf.get(line.execution) ?? '');
          if (fleet !== undefined && isActing) diedActing.set(fleet, witness.nowMs());
          stateOf.delete(line.execution);
        }
        look();
      }
      if (line.kind === 'call') {
        if (line.service === 'client-dynamodb') look();
        if (line.operation === 'StartInstanceRefresh') refreshes();
        judgeAct(witness, stateOf, line, broke, (fleet) => {
          const [sinceMs = Number.POSITIVE_INFINITY] = began.get(line.caller) ?? [];
          const diedMs = diedActing.get(fleet) ?? Number.NEGATIVE_INFINITY;
          return (
            sinceMs < (ownedSince.get(`fleet ${fleet}`) ?? 0) ||
            sinceMs - diedMs <= STARTS_WITHIN_MS
          );
        });
      }
    },
    minute: look,
    end: look,
  };
};

/** Who has taken the claim over stops the rollouts that it finds; nobody's claim means that there is no release at all. */
function judgeForward(witness: Witness, arn: string, broke: (what: string) => void): void {
  const execution = witness.execution(arn);
  const fleet = execution && witness.catalogue.fleets[fleetOf(execution) ?? ''];
  if (fleet === undefined || textMember(execution?.input, 'direction') !== 'forward') return;
  const { locks } = witness.ledger();
  const claim = locks.find(({ of, name }) => of === 'image' && name === fleet.image);
  if (claim?.executionArn !== undefined) return;
  broke(`${arn} moves fleet ${fleet.name} forward while nobody has image ${fleet.image} claimed`);
}

/**
 * An owner that is dead may have an act under way that nobody can take back: a function that was at work when the fleet got
 * its new owner (`outlived`). A live owner acts itself or nobody does.
 */
function judgeAct(
  witness: Witness,
  stateOf: ReadonlyMap<string, string>,
  line: Extract<TraceLine, { kind: 'call' }>,
  broke: (what: string) => void,
  outlived: (fleet: string) => boolean,
): void {
  if (!ACTS.has(line.operation) || line.role === '' || line.error !== undefined) return;
  const groupName = textMember(line.input, 'AutoScalingGroupName');
  const fleet = Object.values(witness.catalogue.fleets).find(
    ({ autoScalingGroupName }) => autoScalingGroupName === groupName,
  );
  if (fleet === undefined) return;
  const lock = witness.ledger().locks.find(({ of, name }) => of === 'fleet' && name === fleet.name);
  const owner = lock?.executionArn;
  if (owner !== undefined) {
    if (!isRunning(witness.execution(owner))) return;
    const state = stateOf.get(owner) ?? '';
    if (ACTING_STATES.has(state) || outlived(fleet.name)) return;
    // Clearing a block lifts what the blocked rollout held.
    if (state === SURVEY && line.operation === 'ResumeProcesses') return;
  }
  const acting = witness
    .executions()
    .filter((one) => fleetOf(one) === fleet.name && ACTING_STATES.has(stateOf.get(one.arn) ?? ''))
    .map(({ name }) => name);
  broke(
    `${line.caller} made ${line.operation} on ${groupName} for ${acting.join(', ') || 'nobody known'} while the lock of fleet ${fleet.name} is ${owner === undefined ? 'free' : `${owner}'s`}`,
  );
}
