import type {
  AutoScalingGroup,
  DescribeAutoScalingGroupsCommandOutput,
  DescribeInstanceRefreshesCommandOutput,
  DescribeWarmPoolCommandOutput,
  Instance,
} from '@aws-sdk/client-auto-scaling';
import type { GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { Account } from '../account.ts';
import { callerName } from '../calls.ts';
import {
  AwsError,
  type CallContext,
  type Caller,
  type Json,
  type Operation,
  type Service,
} from '../contract.ts';
import type { RehearsedCatalogue } from '../scenarios/catalogue.ts';
import { LedgerReader, type LedgerView } from './ledger-view.ts';
import type {
  Measurement,
  Taking,
  Witness,
  WitnessedAlarm,
  WitnessedBake,
  WitnessedDenial,
  WitnessedExecution,
  WitnessedGroup,
  WitnessedInstance,
  WitnessedTemplateVersion,
  Workflow,
} from './witness.ts';

export interface WitnessOptions {
  readonly account: Account;
  readonly catalogue: RehearsedCatalogue;
  readonly ledgerTable: string;
  /** Names of the state machines. */
  readonly machines: Readonly<Record<Workflow, string>>;
}

const ENDED_BAKES: ReadonlySet<string> = new Set([
  'AVAILABLE',
  'CANCELLED',
  'FAILED',
  'DEPRECATED',
  'DELETED',
  'DISABLED',
]);

function nameOf(caller: Caller): string {
  return caller.kind === 'role' ? caller.roleName : callerName(caller);
}

/** Looks into a simulated account without a trace, without taking time, and whatever policies say. */
export class AccountWitness implements Witness {
  readonly catalogue: RehearsedCatalogue;
  readonly #account: Account;
  readonly ledgerTable: string;
  readonly #workflows: ReadonlyMap<string, Workflow>;
  readonly #reader = new LedgerReader();
  #ledger: { readonly items: readonly object[]; readonly view: LedgerView } | undefined;
  /** As they are at this instant, while somebody looks at all of them at once. */
  #groups: Map<string, WitnessedGroup | undefined> | undefined;
  #longestLeftMs = 0;
  #wentBackMs: number | undefined;
  readonly #goingBack: (() => void)[] = [];
  #calmMs = (fromMs: number, toMs: number): number => toMs - fromMs;

  constructor(options: WitnessOptions) {
    this.catalogue = options.catalogue;
    this.#account = options.account;
    this.ledgerTable = options.ledgerTable;
    const { release, rollout, recover } = options.machines;
    this.#workflows = new Map<string, Workflow>([
      [release, 'release'],
      [rollout, 'rollout'],
      [recover, 'recover'],
    ]);
  }

  /** Nothing happens while this looks: no group is described twice. */
  inOneLook(look: () => void): void {
    this.#groups = new Map();
    try {
      look();
    } finally {
      this.#groups = undefined;
    }
  }

  /** In a storm: a person puts the ledger back to an earlier hour by this. */
  ledgerGoesBack(restore: () => void): void {
    for (const listener of this.#goingBack) listener();
    restore();
    this.#wentBackMs = this.nowMs();
  }

  onLedgerGoingBack(listener: () => void): void {
    this.#goingBack.push(listener);
  }

  ledgerWentBackMs(): number | undefined {
    return this.#wentBackMs;
  }

  /** The longest that anything was left behind of a dead owner, in calm milliseconds. */
  get longestLeftMs(): number {
    return this.#longestLeftMs;
  }

  leftFor(calmMs: number): void {
    this.#longestLeftMs = Math.max(this.#longestLeftMs, calmMs);
  }

  /** In a storm: how much of the time between two instants was calm. */
  setCalm(calmMs: (fromMs: number, toMs: number) => number): void {
    this.#calmMs = calmMs;
  }

  calmMsSince(sinceMs: number): number {
    return this.#calmMs(sinceMs, this.nowMs());
  }

  nowMs(): number {
    return this.#account.world.nowMs();
  }

  ledger(): LedgerView {
    const items = this.#account.dynamoDb.itemsOf(this.ledgerTable);
    if (this.#ledger?.items !== items) this.#ledger = { items, view: this.#reader.read(items) };
    return this.#ledger.view;
  }

  group(name: string): WitnessedGroup | undefined {
    if (this.#groups?.has(name) === true) return this.#groups.get(name);
    const group = this.#describe(name);
    this.#groups?.set(name, group);
    return group;
  }

  #describe(name: string): WitnessedGroup | undefined {
    const { autoScaling } = this.#account;
    const AutoScalingGroupName = name;
    const described = this.#ask<DescribeAutoScalingGroupsCommandOutput>(
      autoScaling,
      'DescribeAutoScalingGroups',
      { AutoScalingGroupNames: [name] },
    );
    const group = described.AutoScalingGroups?.[0];
    if (group === undefined) return undefined;
    const { InstanceRefreshes = [] } = this.#ask<DescribeInstanceRefreshesCommandOutput>(
      autoScaling,
      'DescribeInstanceRefreshes',
      { AutoScalingGroupName },
    );
    return {
      name,
      desired: group.DesiredCapacity ?? 0,
      instances: [...(group.Instances ?? []), ...this.#warmInstances(group)].map((instance) =>
        instanceSeen(instance, this.#works(instance) && this.#isServed(group, instance)),
      ),
      suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''),
      refreshes: InstanceRefreshes.map((refresh) => ({
        id: refresh.InstanceRefreshId ?? '',
        status: refresh.Status ?? '',
        percent: refresh.PercentageComplete ?? 0,
      })),
    };
  }

  targetGroups(groupName: string): readonly string[] {
    const { AutoScalingGroups } = this.#ask<DescribeAutoScalingGroupsCommandOutput>(
      this.#account.autoScaling,
      'DescribeAutoScalingGroups',
      { AutoScalingGroupNames: [groupName] },
    );
    return AutoScalingGroups?.[0]?.TargetGroupARNs ?? [];
  }

  goesByBelief(): boolean {
    return this.#account.readings.refreshSeesChecks === false;
  }

  onTaking(listener: (taking: Taking) => void): void {
    this.#account.autoScaling.onTaking((groupName, instanceId, cause) => {
      listener({ groupName, instanceId, byRefresh: cause.includes('an instance refresh') });
    });
  }

  denials(): readonly WitnessedDenial[] {
    return this.#account.iam.denials().map(({ caller, permission: { action, resource }, why }) => ({
      who: nameOf(caller),
      ...{ action, resource, why },
    }));
  }

  #works({ InstanceId = '' }: Instance): boolean {
    const { instances } = this.#account.ec2;
    const found = instances.find(InstanceId);
    return found !== undefined && instances.passesChecks(found, this.nowMs());
  }

  /** A target that a load balancer sends nothing to serves nobody, where the group goes by its load balancer's checks. */
  #isServed(group: AutoScalingGroup, { InstanceId = '' }: Instance): boolean {
    if (group.HealthCheckType?.includes('ELB') !== true) return true;
    return (group.TargetGroupARNs ?? []).every(
      (arn) => this.#account.elb.stateOf(arn, InstanceId) === 'healthy',
    );
  }

  #warmInstances(group: AutoScalingGroup): readonly Instance[] {
    if (group.WarmPoolConfiguration === undefined) return [];
    const { AutoScalingGroupName } = group;
    const { Instances } = this.#ask<DescribeWarmPoolCommandOutput>(
      this.#account.autoScaling,
      'DescribeWarmPool',
      { AutoScalingGroupName },
    );
    return Instances ?? [];
  }

  templateVersions(launchTemplateId: string): readonly WitnessedTemplateVersion[] {
    const template = this.#account.ec2.templates.store.find({ LaunchTemplateId: launchTemplateId });
    return [...(template?.versions.values() ?? [])].map(({ number, description }) => ({
      version: String(number),
      description: description ?? '',
    }));
  }

  bakes(): readonly WitnessedBake[] {
    return [...this.#account.imageBuilder.images.values()].map((image) => ({
      arn: image.arn,
      recipeName: image.recipe.name,
      underWay: !ENDED_BAKES.has(image.status),
      imageId: image.amis[0]?.image,
      findings: image.outcome.findings,
    }));
  }

  execution(arn: string): WitnessedExecution | undefined {
    const found = this.#account.stepFunctions
      .executions()
      .find(({ identity }) => identity.arn === arn);
    return found === undefined ? undefined : this.#seen(found);
  }

  executions(): readonly WitnessedExecution[] {
    return this.#account.stepFunctions.executions().map((execution) => this.#seen(execution));
  }

  #seen(execution: ReturnType<Account['stepFunctions']['executions']>[number]): WitnessedExecution {
    const { identity, outputText } = execution;
    return {
      arn: identity.arn,
      name: identity.name,
      workflow: this.#workflows.get(identity.machineName),
      status: execution.status,
      input: execution.input,
      output: outputText === undefined ? undefined : (JSON.parse(outputText) as Json),
      error: execution.failure.error,
      startedMs: execution.startedMs,
      stoppedMs: execution.stoppedMs,
      transitions: execution.transitions,
    };
  }

  alarm(name: string): WitnessedAlarm | undefined {
    const alarm = this.#account.cloudWatch.alarms.find(name);
    return alarm && { state: alarm.state.value, reason: alarm.state.reason };
  }

  measured(alarmName: string): Measurement | undefined {
    const alarm = this.#account.cloudWatch.alarms.find(alarmName);
    if (alarm?.kind !== 'metric') return undefined;
    const {
      Namespace,
      MetricName,
      Dimensions,
      Statistic,
      Threshold,
      Period = 60,
    } = alarm.definition;
    if (MetricName === undefined || Threshold === undefined) return undefined;
    const endMs = Math.floor(this.nowMs() / (Period * 1000)) * Period * 1000;
    const { MetricDataResults } = this.#ask<GetMetricDataCommandOutput>(
      this.#account.cloudWatch,
      'GetMetricData',
      {
        MetricDataQueries: [
          {
            Id: 'last',
            MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: Statistic },
          },
        ],
        StartTime: new Date(endMs - Period * 1000),
        EndTime: new Date(endMs),
      },
    );
    const [value] = MetricDataResults?.[0]?.Values ?? [];
    return value === undefined ? undefined : { metric: MetricName, value, threshold: Threshold };
  }

  parameter(name: string): string | undefined {
    return this.#account.ssm.valueOf(name);
  }

  #ask<Output>(service: Service, operation: string, input: unknown): Output {
    const asked = service.operations[operation] as Operation<unknown, Output> | undefined;
    if (asked === undefined) {
      throw new AwsError('UnknownOperationException', `${service.client} has no ${operation}`);
    }
    const context: CallContext = {
      caller: { kind: 'service', principal: 'auditor' },
      nowMs: this.nowMs(),
      require: () => undefined,
      allows: () => true,
    };
    // Describing answers at once: only calls that wait for something give a promise.
    return asked.run(input, context) as Output;
  }
}

const instanceSeen = (instance: Instance, works: boolean): WitnessedInstance => ({
  works,
  instanceId: instance.InstanceId ?? '',
  imageId: instance.ImageId ?? '',
  templateVersion: instance.LaunchTemplate?.Version ?? '',
  state: instance.LifecycleState ?? '',
  healthy: instance.HealthStatus === 'Healthy',
});
