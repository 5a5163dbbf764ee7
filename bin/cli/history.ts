import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { machineName } from '../../lib/reach.ts';
import type { Readings } from '../../simulator/contract.ts';
import { type Account, type Simulation, simulate, type TraceLine } from '../../simulator/index.ts';
import { AccountWitness } from '../../simulator/invariants/account-witness.ts';
import { type Breach, makeAuditor } from '../../simulator/invariants/auditor.ts';
import type { Witness } from '../../simulator/invariants/witness.ts';
import type { Setting } from '../../simulator/scenarios/catalogue.ts';
import type { Scenario } from '../../simulator/scenarios/scenario.ts';
import { SimulatedStage } from '../../simulator/scenarios/simulated-stage.ts';
import { WaitedInVain } from '../../simulator/scenarios/stage-waits.ts';
import { Accounting } from './accounting.ts';
import { differences } from './expectations.ts';
import { invent, placeOf } from './invention.ts';
import { type ReleaseFacts, releasesSince } from './report.ts';
import type { WorldFile } from './world-file.ts';

/** A scenario that is to be played, and the image of the catalogue that it is about. */
export interface Act {
  readonly scenario: Scenario;
  readonly setting: Setting;
}

export interface HistoryOptions {
  readonly catalogue: CheckedCatalogue;
  /** Directory of the cloud assembly. */
  readonly assembly: string;
  readonly world: WorldFile;
  /** Played one after another in one world. */
  readonly acts: readonly Act[];
  readonly seed: number;
  readonly readings?: Partial<Readings>;
  /** Further changes of the world, when all is deployed and before anything begins. */
  readonly arrange?: (account: Account) => void;
  /** The command that repeats this history. */
  readonly replay: string;
  /** Told of each line; `begun` from the beginning of the first act on, when all is set up. */
  readonly hear?: (line: TraceLine, begun: boolean) => void;
  readonly begins?: (scenario: string) => void;
  /** The world at rest: at each virtual minute, from the beginning of the first act. */
  readonly minute?: (witness: Witness) => void;
}

export interface ActResult {
  readonly scenario: string;
  readonly releases: readonly ReleaseFacts[];
  /** Virtual instants between which it was played. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** How it differs from what the scenario expects; none when it ended as expected. */
  readonly differences: readonly string[];
}

export interface History {
  readonly acts: readonly ActResult[];
  readonly breaches: readonly Breach[];
}

const MINUTE_MS = 60_000;
/** Longer than any scenario takes: a way back has four hours, a sick release as much again. */
const ACT_DAYS_MAX = 3;
/** Until invented instances serve and alarms have seen them. */
const SETTLING_MINUTES = 15;

/** Deploys the assembly into a world of its own and plays the acts there. */
export async function playHistory(options: HistoryOptions): Promise<History> {
  const { catalogue } = options;
  let begun = false;
  const listeners: ((line: TraceLine) => void)[] = [(line) => options.hear?.(line, begun)];
  const simulation = simulate({
    seed: options.seed,
    place: placeOf(catalogue),
    ...(options.readings && { readings: options.readings }),
    trace: (line) => {
      for (const listener of listeners) listener(line);
    },
  });
  const { account, world } = simulation;
  const patches = Object.assign(
    {},
    ...options.acts.map(({ scenario, setting }) => scenario.patch?.(setting).groups ?? {}),
  ) as WorldFile;
  const invented = invent(account, catalogue, merged(options.world, patches));
  simulation.deploy(options.assembly);
  options.arrange?.(account);

  const witness = new AccountWitness({
    account,
    catalogue,
    ledgerTable: ledgerTable(account),
    machines: {
      release: machineName(catalogue.hub, 'release'),
      rollout: machineName(catalogue.hub, 'rollout'),
      recover: machineName(catalogue.hub, 'recover'),
    },
  });
  const auditor = makeAuditor(witness, options.replay);
  const accounting = new Accounting(witness);
  // Before the others: what they read must not be older than what they hear.
  listeners.unshift((line) => {
    witness.heard(line);
    auditor.line(line);
    accounting.heard(line);
  });
  world.every(MINUTE_MS, 'the auditor looks', () => {
    witness.heard();
    auditor.minute();
    if (begun) options.minute?.(witness);
  });
  await settle(simulation, catalogue);
  begun = true;

  const acts: ActResult[] = [];
  for (const act of options.acts) {
    const stage = new SimulatedStage({
      account,
      witness,
      setting: act.setting,
      machines: {
        release: machineArn(account, machineName(catalogue.hub, 'release')),
        rollout: machineArn(account, machineName(catalogue.hub, 'rollout')),
      },
      finishUpstreamImage: invented.finishUpstream[act.setting.image.name],
    });
    const heard = (line: TraceLine) => stage.heard(line);
    listeners.push(heard);
    options.begins?.(act.scenario.name);
    acts.push(await play(simulation, witness, accounting, act, stage));
    listeners.splice(listeners.indexOf(heard), 1);
  }
  witness.heard();
  auditor.end();
  return { acts, breaches: auditor.breaches() };
}

async function play(
  { world }: Simulation,
  witness: Witness,
  accounting: Accounting,
  { scenario, setting }: Act,
  stage: SimulatedStage,
): Promise<ActResult> {
  const startedMs = world.nowMs();
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  const busy = world.busy(`scenario ${scenario.name}`);
  world.trace({ kind: 'world', message: `scenario ${scenario.name}: ${scenario.line}` });
  scenario
    .play(stage)
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      over = true;
    });
  const untilMs = startedMs + ACT_DAYS_MAX * 24 * 60 * MINUTE_MS;
  await world.run({ untilMs, stop: () => over });
  busy.cancel();
  const vain = failure?.error instanceof WaitedInVain ? [failure.error.message] : [];
  if (failure !== undefined && vain.length === 0) throw failure.error;
  const releases = releasesSince(witness, accounting, startedMs);
  const unfinished = over
    ? []
    : [`it had not ended after ${ACT_DAYS_MAX} virtual days; ${awaited(witness)}`];
  return {
    scenario: scenario.name,
    releases,
    startedMs,
    endedMs: world.nowMs(),
    differences: [...unfinished, ...vain, ...differences(scenario.ending(setting), releases)],
  };
}

/** Instances come up, alarms see them, and the schedule has looked at every base image for the first time. */
export async function settle({ world }: Simulation, catalogue: CheckedCatalogue): Promise<void> {
  const polled = Object.values(catalogue.images).some(({ base }) => base.kind === 'ssm');
  const minutes = polled ? Math.ceil(catalogue.checkBaseImagesEverySeconds / 60) : 0;
  await world.advance((minutes + SETTLING_MINUTES) * MINUTE_MS);
}

const awaited = (witness: Witness): string => {
  const running = witness.executions().filter(({ status }) => status === 'RUNNING');
  return running.length === 0
    ? 'nothing runs'
    : `still running: ${running.map(({ name }) => name).join(', ')}`;
};

/** A scenario's patch wins over the world file: without it the scenario would be another. */
function merged(world: WorldFile, patches: WorldFile): WorldFile {
  const names = new Set([...Object.keys(world), ...Object.keys(patches)]);
  return Object.fromEntries([...names].map((name) => [name, { ...world[name], ...patches[name] }]));
}

function ledgerTable(account: Account): string {
  const tables = [...account.deployments.resources()].filter(
    ({ type }) => type === 'AWS::DynamoDB::Table',
  );
  const [table] = tables;
  if (table === undefined || tables.length > 1) {
    throw new Error(`expected one table in the templates, found ${tables.length}`);
  }
  return table.made.ref;
}

const machineArn = ({ place }: Account, name: string): string =>
  `arn:${place.partition}:states:${place.region}:${place.accountId}:stateMachine:${name}`;
