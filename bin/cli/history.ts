import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { Readings } from '../../simulator/contract.ts';
import {
  type Account,
  type AccountOptions,
  type Simulation,
  simulate,
  type TraceLine,
} from '../../simulator/index.ts';
import { AccountWitness } from '../../simulator/invariants/account-witness.ts';
import { type Breach, makeAuditor } from '../../simulator/invariants/auditor.ts';
import type { Witness } from '../../simulator/invariants/witness.ts';
import type { Setting } from '../../simulator/scenarios/catalogue.ts';
import type { GroupPatch, Scenario } from '../../simulator/scenarios/scenario.ts';
import { SimulatedStage } from '../../simulator/scenarios/simulated-stage.ts';
import { WaitedInVain } from '../../simulator/scenarios/stage-waits.ts';
import type { StackInput } from '../../simulator/template/assembly.ts';
import { Accounting } from './accounting.ts';
import { differences } from './expectations.ts';
import { type Invented, invent, placeOf } from './invention.ts';
import { type ReleaseFacts, releasesSince } from './report.ts';
import type { WorldFile } from './world-file.ts';

/** A scenario that is to be played, and the image of the catalogue that it is about. */
export interface Act {
  readonly scenario: Scenario;
  readonly setting: Setting;
}

export interface HistoryOptions {
  readonly catalogue: CheckedCatalogue;
  /** Directory of the cloud assembly, or the stacks that were read from it. */
  readonly assembly: string | readonly StackInput[];
  readonly world: WorldFile;
  /** Played one after another in one world. */
  readonly acts: readonly Act[];
  readonly seed: number;
  readonly readings?: Partial<Readings>;
  /** What disturbs calls. */
  readonly intercept?: AccountOptions['intercept'];
  /** Whether functions share one evaluation of their pure code; the history is the same either way. @default true */
  readonly sharePureCode?: boolean;
  /** Whether functions use idle instances again. @default true */
  readonly reuseInstances?: boolean;
  /** Whether what functions ask of AWS goes over the wire; the history is the same either way. @default true */
  readonly throughWire?: boolean;
  /** Told of the account while it is empty. */
  readonly prepare?: (account: Account) => void;
  /** Further changes of the world, when all is deployed and before anything begins. */
  readonly arrange?: (account: Account) => void;
  /** Ends the history before its acts have ended; asked between any two events. */
  readonly stop?: () => boolean;
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
/** Longer than any scenario takes: a way back has four hours, a sick release as much again; people come on top. */
const ACT_DAYS_MAX = 3;
const actDaysMax = ({ waves, fleets }: Setting): number => {
  const asked = [...waves, ...fleets].flatMap(({ gates = [] }) =>
    gates.map((gate) => (gate.kind === 'approval' ? gate.expiresSeconds : 0)),
  );
  return ACT_DAYS_MAX + Math.ceil(asked.reduce((sum, one) => sum + one, 0) / 86_400);
};
/** Until invented instances serve and alarms have seen them. */
const SETTLING_MINUTES = 15;

/** Deploys the assembly into a world of its own and plays the acts there. */
export async function playHistory(options: HistoryOptions): Promise<History> {
  const { catalogue } = options;
  let begun = false;
  const listeners: Listener[] = [(line) => options.hear?.(line, begun)];
  const simulation = simulate({
    seed: options.seed,
    place: placeOf(catalogue),
    ...(options.readings && { readings: options.readings }),
    ...(options.intercept && { intercept: options.intercept }),
    sharePureCode: options.sharePureCode ?? true,
    throughWire: options.throughWire ?? true,
    reuseInstances: options.reuseInstances ?? true,
    trace: (line) => {
      for (const listener of listeners) listener(line);
    },
  });
  options.prepare?.(simulation.account);
  const invented = invent(simulation.account, catalogue, worldOf(options));
  if (typeof options.assembly === 'string') simulation.deploy(options.assembly);
  else simulation.account.deployments.deploy(options.assembly);
  options.arrange?.(simulation.account);

  const witness = witnessOf(simulation.account, catalogue);
  const auditor = makeAuditor(witness, options.replay);
  const accounting = new Accounting(witness);
  listeners.push((line) => {
    auditor.line(line);
    accounting.heard(line);
  });
  simulation.world.every(MINUTE_MS, 'the auditor looks', () => {
    witness.inOneLook(auditor.minute);
    if (begun) options.minute?.(witness);
  });
  await settle(simulation, catalogue, options.stop);
  begun = true;

  const acts: ActResult[] = [];
  for (const act of options.acts) {
    if (options.stop?.() === true) break;
    const stage = stageOf(simulation.account, witness, act, invented);
    const heard: Listener = (line) => stage.heard(line);
    listeners.push(heard);
    options.begins?.(act.scenario.name);
    acts.push(await play(simulation, witness, accounting, act, stage, options.stop));
    listeners.splice(listeners.indexOf(heard), 1);
  }
  auditor.end();
  return { acts, breaches: auditor.breaches() };
}

type Listener = (line: TraceLine) => void;

export const witnessOf = (account: Account, catalogue: CheckedCatalogue): AccountWitness => {
  const { release, rollout, recover } = machineArns(account);
  const nameOf = (arn: string): string => arn.split(':').at(-1) ?? '';
  return new AccountWitness({
    account,
    catalogue,
    ledgerTable: only(account, 'AWS::DynamoDB::Table', ''),
    machines: { release: nameOf(release), rollout: nameOf(rollout), recover: nameOf(recover) },
  });
};

const stageOf = (
  account: Account,
  witness: Witness,
  { setting }: Act,
  { finishUpstream }: Invented,
): SimulatedStage =>
  new SimulatedStage({
    account,
    witness,
    setting,
    machines: machineArns(account),
    finishUpstreamImage: finishUpstream[setting.image.name],
  });

async function play(
  { world }: Simulation,
  witness: Witness,
  accounting: Accounting,
  { scenario, setting }: Act,
  stage: SimulatedStage,
  stop: HistoryOptions['stop'],
): Promise<ActResult> {
  const startedMs = world.nowMs();
  const daysMax = actDaysMax(setting);
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
  const untilMs = startedMs + daysMax * 24 * 60 * MINUTE_MS;
  await world.run({ untilMs, stop: () => over || stop?.() === true });
  busy.cancel();
  const vain = failure?.error instanceof WaitedInVain ? [failure.error.message] : [];
  if (failure !== undefined && vain.length === 0) throw failure.error;
  const releases = releasesSince(witness, accounting, startedMs);
  const unfinished = over
    ? []
    : [`it had not ended after ${daysMax} virtual days; ${awaited(witness)}`];
  return {
    scenario: scenario.name,
    releases,
    startedMs,
    endedMs: world.nowMs(),
    differences: [...unfinished, ...vain, ...differences(scenario.ending(setting), releases)],
  };
}

/** Instances come up, alarms see them, and the schedule has looked at every base image for the first time. */
export async function settle(
  { world }: Simulation,
  catalogue: CheckedCatalogue,
  stop: HistoryOptions['stop'] = () => false,
): Promise<void> {
  const polled = Object.values(catalogue.images).some(({ base }) => base.kind === 'ssm');
  const minutes = polled ? Math.ceil(catalogue.checkBaseImagesEverySeconds / 60) : 0;
  const busy = world.busy('settling');
  await world.run({ untilMs: world.nowMs() + (minutes + SETTLING_MINUTES) * MINUTE_MS, stop });
  busy.cancel();
}

const awaited = (witness: Witness): string => {
  const running = witness.executions().filter(({ status }) => status === 'RUNNING');
  return running.length === 0
    ? 'nothing runs'
    : `still running: ${running.map(({ name }) => name).join(', ')}`;
};

/** A scenario's patch wins over the world file: without it the scenario would be another. */
function worldOf({ world, acts }: HistoryOptions): WorldFile {
  const groups: Record<string, GroupPatch> = { ...world };
  for (const { scenario, setting } of acts) {
    for (const [name, patch] of Object.entries(scenario.patch?.(setting).groups ?? {})) {
      groups[name] = { ...groups[name], ...patch };
    }
  }
  return groups;
}

/** The workflows as they were deployed, by the ends of their names. */
export const machineArns = (account: Account) => ({
  release: only(account, 'AWS::StepFunctions::StateMachine', '-release'),
  rollout: only(account, 'AWS::StepFunctions::StateMachine', '-rollout'),
  recover: only(account, 'AWS::StepFunctions::StateMachine', '-recover'),
});

/** What `Ref` answers for the one resource of a type whose reference ends so. */
function only(account: Account, type: string, ending: string): string {
  const found = [...account.deployments.resources()]
    .filter((resource) => resource.type === type && resource.made.ref.endsWith(ending))
    .map(({ made }) => made.ref);
  const [ref] = found;
  if (ref === undefined || found.length > 1) {
    throw new Error(`expected one ${type} …${ending} in the templates, found ${found.length}`);
  }
  return ref;
}
