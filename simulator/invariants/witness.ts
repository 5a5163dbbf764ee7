import type { Json } from '../contract.ts';
import type { RehearsedCatalogue } from '../scenarios/catalogue.ts';
import type { TraceLine } from '../world.ts';
import type { LedgerView } from './ledger-view.ts';

/**
 * What an auditor sees: the simulated AWS, the trace, the items of the ledger. Nothing of the code that it audits.
 */
export interface Witness {
  readonly catalogue: RehearsedCatalogue;
  /** Epoch milliseconds, virtual. */
  nowMs(): number;
  /**
   * How many milliseconds since an instant nothing in AWS went wrong by a storm's doing. What must happen in time may
   * take as long again as it was held up.
   */
  calmMsSince(sinceMs: number): number;
  ledger(): LedgerView;
  /** When a person last put the ledger back to an earlier hour, epoch milliseconds. Absent, or undefined: never. */
  ledgerWentBackMs?(): number | undefined;
  /** Told right before a person puts the ledger back to an earlier hour. Absent: nobody does. */
  onLedgerGoingBack?(listener: () => void): void;
  /** Told how long something has been left behind by now, in calm milliseconds. Absent: nobody wants to know. */
  leftFor?(calmMs: number): void;
  /** By name; undefined when there is none. */
  group(name: string): WitnessedGroup | undefined;
  /**
   * Whether this AWS lets a refresh go on with whatever it believes `Healthy`, as a new instance is before any check has
   * failed: then nobody but the image's warm-up can keep it from counting what does not serve yet. Absent: it looks at checks.
   */
  goesByBelief?(): boolean;
  /** Told right before a group takes out an instance, while everything is still as it was. Absent: nothing is taken. */
  onTaking?(listener: (taking: Taking) => void): void;
  /** ARNs of those that a group registers its instances with. Absent: none. */
  targetGroups?(groupName: string): readonly string[];
  /** Of one launch template. */
  templateVersions(launchTemplateId: string): readonly WitnessedTemplateVersion[];
  bakes(): readonly WitnessedBake[];
  execution(arn: string): WitnessedExecution | undefined;
  executions(): readonly WitnessedExecution[];
  alarm(name: string): WitnessedAlarm | undefined;
  measured(alarmName: string): Measurement | undefined;
  parameter(name: string): string | undefined;
  /** What IAM has denied so far, oldest first: of calls, and of what a service does on behalf of a role. Absent: nothing. */
  denials?(): readonly WitnessedDenial[];
}

/** Auto Scaling ends an instance. */
export interface Taking {
  readonly groupName: string;
  readonly instanceId: string;
  /** By the cause of the scaling activity. */
  readonly byRefresh: boolean;
}

export interface WitnessedDenial {
  /** Name of the role, or the principal of the service. */
  readonly who: string;
  /** `logs:CreateLogDelivery`. */
  readonly action: string;
  readonly resource: string;
  readonly why: string;
}

export interface WitnessedInstance {
  readonly instanceId: string;
  readonly imageId: string;
  readonly templateVersion: string;
  /** As Auto Scaling spells it. */
  readonly state: string;
  /** What Auto Scaling believes. */
  readonly healthy: boolean;
  /** Passes its checks at this moment, whatever Auto Scaling believes. Absent: as it believes. */
  readonly works?: boolean;
}

export interface WitnessedGroup {
  readonly name: string;
  readonly desired: number;
  /** Warm pool included. */
  readonly instances: readonly WitnessedInstance[];
  readonly suspended: readonly string[];
  /** Newest first. */
  readonly refreshes: readonly {
    readonly id: string;
    readonly status: string;
    readonly percent: number;
  }[];
}

export interface WitnessedTemplateVersion {
  readonly version: string;
  readonly description: string;
}

export interface WitnessedBake {
  readonly arn: string;
  readonly recipeName: string;
  readonly underWay: boolean;
  /** What came out of it, and the findings of its scan. Absent: nothing, or it is not known. */
  readonly imageId?: string | undefined;
  readonly findings?: { readonly critical: number; readonly high: number; readonly medium: number };
}

export type Workflow = 'release' | 'rollout' | 'recover';

export interface WitnessedExecution {
  readonly arn: string;
  readonly name: string;
  /** Undefined for a state machine that is not ours. */
  readonly workflow: Workflow | undefined;
  readonly status: string;
  readonly input: Json;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly startedMs: number;
  readonly stoppedMs: number | undefined;
  /** States entered plus retries, so far. */
  readonly transitions: number;
}

export interface WitnessedAlarm {
  readonly state: string;
  readonly reason: string;
}

/** What an alarm on one metric measured in its last period, if anything. */
export interface Measurement {
  readonly metric: string;
  readonly value: number;
  readonly threshold: number;
}

/** One invariant at work on one history. */
export interface Watch {
  /** Something happened. */
  readonly line?: (line: TraceLine) => void;
  /** A virtual minute has passed. */
  readonly minute?: () => void;
  /** The history ends here. */
  readonly end?: () => void;
}

/** Says that the invariant is broken. `what` names who broke it; the same breach is told once. */
export type Broke = (what: string) => void;
export type Invariant = (witness: Witness, broke: Broke) => Watch;

/** Neither terminated nor on the way there. */
export const isLive = ({ state }: WitnessedInstance): boolean => !state.includes('Terminat');
export const isServing = ({ state, healthy, works = true }: WitnessedInstance): boolean =>
  state === 'InService' && healthy && works;

const ACTIVE: ReadonlySet<string> = new Set([
  'Pending',
  'InProgress',
  'Baking',
  'Cancelling',
  'RollbackInProgress',
]);
export const isActiveRefresh = ({ status }: { readonly status: string }): boolean =>
  ACTIVE.has(status);

/** A member of a JSON object; undefined for anything else. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

export function textMember(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export const isRunning = (execution: WitnessedExecution | undefined): boolean =>
  execution?.status === 'RUNNING';

/** The fleet that a Rollout moves. */
export const fleetOf = (execution: WitnessedExecution): string | undefined =>
  execution.workflow === 'rollout' ? textMember(execution.input, 'fleet') : undefined;
