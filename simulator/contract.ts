/**
 * The walls inside the simulator: what the clock, the services and the callers promise each other.
 * Nothing here knows of Kiln.
 */

import type { WebAnswer } from './web.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Cancellable {
  cancel(): void;
}

/** The only source of time and of randomness. One queue of (instant, sequence, action). */
export interface World {
  readonly seed: number;
  /** Epoch milliseconds, virtual. */
  nowMs(): number;
  /** A random number stream of its own per name, so that one more draw here changes nothing there. */
  random(stream: string): () => number;
  at(atMs: number, label: string, action: () => void): Cancellable;
  after(delayMs: number, label: string, action: () => void): Cancellable;
  /**
   * Repeats for ever without keeping the world awake: `run` ends when only such background ticks are left.
   * First run at the next whole multiple of `everyMs`.
   */
  every(everyMs: number, label: string, action: () => void): Cancellable;
  /** Keeps `run` from ending while something outside of the queue is unfinished (an execution, a refresh). */
  busy(label: string): Cancellable;
  trace(entry: TraceEntry): void;
}

/** One line of the trace; `at` is filled in by the world (ISO 8601 UTC with milliseconds). */
export type TraceEntry =
  | {
      kind: 'call';
      caller: string;
      role: string;
      /** The SDK client's package name without scope: `client-auto-scaling`. */
      service: string;
      operation: string;
      input: unknown;
      output?: unknown;
      error?: { name: string; message: string };
    }
  | {
      kind: 'event';
      source: string;
      detailType: string;
      delivered: readonly string[];
      event: unknown;
    }
  | {
      kind: 'state';
      phase: 'entered' | 'exited' | 'retried';
      execution: string;
      machine: string;
      state: string;
    }
  | {
      kind: 'execution';
      phase: 'started' | 'ended';
      execution: string;
      machine: string;
      status: string;
      input?: unknown;
      output?: unknown;
      error?: string;
      cause?: string;
    }
  | {
      kind: 'invocation';
      phase: 'started' | 'ended';
      functionName: string;
      requestId: string;
      ms?: number;
      error?: string;
    }
  | { kind: 'log'; functionName: string; message: unknown }
  | { kind: 'world'; message: string };

/**
 * Who makes a call. A `role` is judged by its policies; a `person` is an administrator; a `service` is AWS itself; `anybody`
 * comes from the internet without credentials.
 */
export type Caller =
  | { kind: 'role'; roleName: string; session: string }
  | { kind: 'person'; name: string }
  | { kind: 'service'; principal: string }
  | { kind: 'anybody' };

export interface CallContext {
  readonly caller: Caller;
  readonly nowMs: number;
  /** Decides a further permission of the same caller (PassRole, a dry run). Throws what AWS would answer. */
  require(permission: Permission): void;
  /** The same question without throwing. */
  allows(permission: Permission): boolean;
}

/** One action on one resource, with the condition keys that AWS would fill in. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[] | boolean | number>>;
}

/**
 * One operation of a service. `input` and `output` have the members of the SDK's command types. `run` throws an
 * `AwsError` for what AWS refuses. It may answer with a promise that a later event of the world settles
 * (`Invoke`, `Wait`-like calls).
 */
export interface Operation<Input = never, Output = unknown> {
  /** Which permissions the caller must have before `run` is asked. */
  authorize(input: Input, context: CallContext): readonly Permission[];
  run(input: Input, context: CallContext): Output | Promise<Output>;
}

export interface Service {
  /** `client-auto-scaling` */
  readonly client: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** What AWS answers instead of an output. `code` is the code on the wire, as the SDK shows it in `error.name`. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further modeled members of the error (`Item` of a failed condition, `CancellationReasons`). */
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(
    code: string,
    message: string,
    status = 400,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** An event as a service hands it to the default bus; id, time, account and Region are filled in by the bus. */
export interface OutgoingEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Json;
}
export interface EventSink {
  emit(event: OutgoingEvent): void;
}

/** The account's constants. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** Makes a call as somebody, with latency, permission check and trace, without the wire. */
export type CallAws = (call: {
  caller: Caller;
  client: string;
  operation: string;
  input: unknown;
}) => Promise<unknown>;

/** Starts a function; settles when it has answered (virtual time). */
export interface FunctionRunner {
  /** Answers as Lambda's runtime: the payload, or the error object with `errorType` and `errorMessage`. */
  invoke(
    functionName: string,
    payload: unknown,
    options: { kind: 'request' | 'event'; invokedBy: string },
  ): Promise<FunctionAnswer>;
}
export type FunctionAnswer =
  | { ok: true; payload: Json }
  | { ok: false; errorType: string; errorMessage: string; trace?: readonly string[] };

/** How a bad image shows: belongs to an AMI, is read by whatever launches or measures an instance of it. */
export interface ImageBehaviour {
  /** Seconds from launch to first passing health checks; `null`: never. */
  readonly healthySeconds: number | null;
  /** Metric values by name that an in-service instance emits each minute, with the minute of its life as argument. */
  readonly metrics: (minute: number, random: () => number) => Readonly<Record<string, number>>;
  /**
   * How many times the usual an instance takes for the same work (processor, time), at a minute of its life: what the
   * metrics that its group publishes show; `undefined`: it publishes nothing. @default 1
   */
  readonly burden?: (minute: number, random: () => number) => number | undefined;
  /** Share of its target group health checks that fail once it is in service, 0-1, at a minute of its life. */
  readonly targetFailureRatio: (minute: number) => number;
  /** To requests over HTTP, at a minute since its boot. @default status 200 within some milliseconds, `ok` */
  readonly answers?: (minute: number, random: () => number) => WebAnswer;
}

/** Readings of facts that are not confirmed; the code must be right under each. Tests and storms flip them. */
export interface Readings {
  /** Cancel and rollback of a refresh make no progress while `InstanceRefresh` is suspended. */
  readonly suspendFreezesCancel: boolean;
  /** An AutoRollback on an ineligible group is refused at the start (else fails when it is needed). */
  readonly autoRollbackCheckedAtStart: boolean;
  /** A second pipeline execution while one builds is refused with ResourceInUseException. */
  readonly pipelineRefusesSecondStart: boolean;
  /** A clientToken of Image Builder is remembered. */
  readonly bakeTokenRemembered: boolean;
  /** A ClientToken of CreateLaunchTemplateVersion is remembered. */
  readonly templateTokenRemembered: boolean;
  /** The scan of an image completes before (else after) the image is AVAILABLE. */
  readonly scanBeforeAvailable: boolean;
  /** MaxHealthyPercentage may launch past the group's MaxSize. */
  readonly maxHealthyExceedsMaxSize: boolean;
  /** A partial share of instances is rounded up (else down, at least one). */
  readonly percentRoundsUp: boolean;
  /** While `InstanceRefresh` is suspended the one-hour limit without progress stands still. Absent: true. */
  readonly suspendStopsStallClock?: boolean;
  /** A refresh whose last checkpoint is below 100 ends Successful and saves its configuration. Absent: true. */
  readonly partialRefreshSaves?: boolean;
  /**
   * A refresh counts an instance as ready only when its machine and its targets pass their checks (else whenever Auto Scaling
   * believes it `Healthy`, which every instance is during its grace period). Absent: true.
   */
  readonly refreshSeesChecks?: boolean;
  /** A refresh's `PercentageComplete` is of the group alone (else of group and warm pool together). Absent: true. */
  readonly percentLeavesOutWarmPool?: boolean;
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface Iam {
  addRole(role: { name: string; arn: string; trust: PolicyDocument }): void;
  attachPolicy(roleName: string, policyName: string, document: PolicyDocument): void;
  /** For topics, queues, functions. */
  setResourcePolicy(resourceArn: string, document: PolicyDocument): void;
  addResourceStatement(resourceArn: string, statement: PolicyStatement): void;
  /** Credentials whose access key says whose they are. Throws when the role's trust does not name the principal. */
  sessionFor(
    roleArn: string,
    servicePrincipal: string,
    session: string,
  ): { accessKeyId: string; caller: Caller };
  callerOf(accessKeyId: string): Caller;
  decide(caller: Caller, permission: Permission): { allowed: boolean; why: string };
  /** What the policies of every role grant, in order of their attachment, and what of it was needed so far. */
  grants(): readonly RoleGrants[];
  /** Told of every question that had not been asked before (or not since a policy changed), and its answer. */
  onDecision(listener: (decided: Decided) => void): void;
  /** Every question that was answered with no, whoever asked on whose behalf, in order; the same one is not told twice. */
  denials(): readonly Decided[];
}

/** The statements of a role's own policies that allow something. */
export interface RoleGrants {
  readonly role: string;
  readonly statements: readonly GrantedStatement[];
}

/**
 * A statement with its parts. A part was needed when a request was allowed that would have been denied without it: no other
 * part and no policy of the resource allowed it too.
 */
export interface GrantedStatement extends StatementId {
  readonly sid: string | undefined;
  readonly needed: boolean;
  readonly actions: readonly GrantPart[];
  readonly resources: readonly GrantPart[];
}

export interface GrantPart {
  readonly text: string;
  readonly needed: boolean;
}

export interface StatementId {
  readonly role: string;
  readonly policy: string;
  /** From 0. */
  readonly index: number;
}

export interface Decided {
  readonly caller: Caller;
  readonly permission: Permission;
  readonly allowed: boolean;
  readonly why: string;
  /** The one statement without which the request would have been denied. */
  readonly needed?: StatementId | undefined;
}
