import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { type Simulation, simulate, type TraceLine } from '../../simulator/index.ts';
import type { AccountWitness } from '../../simulator/invariants/account-witness.ts';
import { type Breach, makeAuditor } from '../../simulator/invariants/auditor.ts';
import { leftBehindBoundMs } from '../../simulator/invariants/nothing-is-left-behind.ts';
import { isActiveRefresh, isRunning, type Witness } from '../../simulator/invariants/witness.ts';
import { linkIn } from '../../simulator/scenarios/links.ts';
import type { Town } from '../../simulator/storm/consoles.ts';
import { faultKinds } from '../../simulator/storm/faults.ts';
import type { StormPlan } from '../../simulator/storm/plan.ts';
import { bakePlanOf } from '../../simulator/storm/temperaments.ts';
import { Weather } from '../../simulator/storm/weather.ts';
import type { StackInput } from '../../simulator/template/assembly.ts';
import type { RunnableWorld } from '../../simulator/world.ts';
import { machineArns, witnessOf } from './history.ts';
import { invent, placeOf } from './invention.ts';
import { Backups } from './storm-backups.ts';
import { People } from './storm-people.ts';
import { upgraded } from './storm-upgrade.ts';

export interface StormStage {
  readonly catalogue: CheckedCatalogue;
  readonly stacks: readonly StackInput[];
}

export interface Night {
  readonly breaches: readonly Breach[];
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>;
  /** How many releases ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** From the beginning to the end, virtual. */
  readonly seconds: number;
  /** The longest that anything was left behind of a dead owner, and how long it may be; calm, virtual. */
  readonly left: { readonly seconds: number; readonly boundSeconds: number };
}

export interface NightOptions {
  readonly hear?: (line: TraceLine) => void;
  /** Ends the night when the first promise is broken. @default false */
  readonly untilBroken?: boolean;
}

const MINUTE_MS = 60_000;
/** Until invented instances serve; alarms are quiet from the first. */
const SETTLING_MINUTES = 3;
/** Beside two sweeps: longer than a follow-up or a Recover takes to begin. */
const QUIET_SLACK_MS = 3 * MINUTE_MS;
/** No night ends later: what goes on by then goes on for ever. */
const NIGHT_MS_MAX = 4 * 24 * 60 * MINUTE_MS;

/** Deploys into a world of its own and lets a night pass there, until all is quiet. */
export async function playNight(
  { catalogue, stacks }: StormStage,
  plan: StormPlan,
  { hear, untilBroken = false }: NightOptions = {},
): Promise<Night> {
  const weather = new Weather(faultKinds, plan.faults);
  const listeners: ((line: TraceLine) => void)[] = hear === undefined ? [] : [hear];
  const simulation = simulate({
    seed: plan.seed,
    place: placeOf(catalogue),
    readings: plan.readings,
    intercept: weather.intercept,
    throughWire: false,
    doubles: { event: weather.doubles, message: weather.doubles },
    trace: (line) => {
      for (const listener of listeners) listener(line);
    },
  });
  const { account, world } = simulation;
  const groups = Object.values(catalogue.fleets).map(({ autoScalingGroupName: name }) => [
    name,
    { instances: 2, ...plan.groups[name] },
  ]);
  const { finishUpstream } = invent(account, catalogue, Object.fromEntries(groups));
  account.deployments.deploy(stacks);
  account.imageBuilder.setBakePlan(bakePlanOf(plan.bakes));

  const witness = witnessOf(account, catalogue);
  witness.setCalm((fromMs, toMs) => weather.calmMs(fromMs, toMs));
  const auditor = makeAuditor(witness, `seed ${plan.seed}`);
  listeners.push(auditor.line);
  world.every(MINUTE_MS, 'the auditor looks', () => witness.inOneLook(auditor.minute));
  await settle(world, catalogue);
  const startMs = world.nowMs();
  weather.begin({ account, witness });
  const machines = machineArns(account);
  const upgrade = () => void account.deployments.deploy(upgraded(stacks, world.nowMs()));
  const restore = restorer(simulation, witness, plan);
  const links: string[] = [];
  const town: Town = { account, witness, machines, finishUpstream, upgrade, restore, links };
  const people = new People(town, world, plan.deeds);
  listeners.push((line) => {
    const link = linkIn(line);
    if (link !== undefined) links.push(link);
  });
  listeners.push((line) => people.heard(line));
  const broken = () => untilBroken && auditor.breaches().length > 0;
  await untilQuiet(world, witness, people, weather.overMs(startMs), broken);
  auditor.end();
  return {
    breaches: auditor.breaches(),
    faults: { ...Object.fromEntries(weather.counts), ...people.counts() },
    outcomes: outcomesOf(witness),
    seconds: (world.nowMs() - startMs) / 1000,
    left: {
      seconds: witness.longestLeftMs / 1000,
      boundSeconds: leftBehindBoundMs(catalogue) / 1000,
    },
  };
}

/** Backups are kept from the beginning of a night on which somebody is going to need one. */
function restorer(
  { account, world }: Simulation,
  witness: AccountWitness,
  { deeds }: StormPlan,
): Town['restore'] {
  if (!deeds.some(({ kind }) => kind === 'restore-table')) return () => undefined;
  const backups = new Backups(account, world, witness.ledgerTable);
  return (minutes) => {
    const restored = backups.restorer(minutes);
    return restored && (() => witness.ledgerGoesBack(restored));
  };
}

async function settle(world: RunnableWorld, catalogue: CheckedCatalogue): Promise<void> {
  const polled = Object.values(catalogue.images).some(({ base }) => base.kind === 'ssm');
  const minutes = polled ? Math.ceil(catalogue.checkBaseImagesEverySeconds / 60) : 0;
  const busy = world.busy('settling');
  await world.run({ untilMs: world.nowMs() + (minutes + SETTLING_MINUTES) * MINUTE_MS });
  busy.cancel();
}

/** Nothing runs, nothing is owned or owed, nobody is going to do anything: for as long as two sweeps take. */
async function untilQuiet(
  world: RunnableWorld,
  witness: AccountWitness,
  people: People,
  notBeforeMs: number,
  stop: () => boolean,
): Promise<void> {
  const busy = world.busy('the night');
  const { sweepEverySeconds } = witness.catalogue;
  const quietMs = 2 * sweepEverySeconds * 1000 + QUIET_SLACK_MS;
  const untilMs = world.nowMs() + NIGHT_MS_MAX;
  let quietSinceMs: number | undefined;
  let over = false;
  const watch = world.every(MINUTE_MS, 'is it quiet?', () => {
    const nowMs = world.nowMs();
    const quiet = nowMs >= notBeforeMs && people.done && isQuiet(witness);
    quietSinceMs = quiet ? (quietSinceMs ?? nowMs) : undefined;
    over = quietSinceMs !== undefined && nowMs - quietSinceMs >= quietMs;
  });
  await world.run({ untilMs, stop: () => over || stop() });
  watch.cancel();
  busy.cancel();
}

const isQuiet = (witness: Witness): boolean =>
  !witness.executions().some(isRunning) &&
  !witness.bakes().some(({ underWay }) => underWay) &&
  !witness.ledger().causes.some(({ waits }) => waits === true) &&
  !Object.values(witness.catalogue.fleets).some((fleet) =>
    witness.group(fleet.autoScalingGroupName)?.refreshes.some(isActiveRefresh),
  );

const outcomesOf = (witness: Witness): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { outcome = 'none' } of witness.ledger().releases) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
};
