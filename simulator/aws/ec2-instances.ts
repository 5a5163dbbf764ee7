import type {
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  Instance,
} from '@aws-sdk/client-ec2';
import { AwsError, type EventSink, type Place, type World } from '../contract.ts';
import { randomHex } from '../random.ts';
import type { WebAnswer } from '../web.ts';
import type { Images } from './ec2-images.ts';
import { operation, pageOf } from './fleet-operation.ts';

export type InstanceState =
  | 'pending'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'shutting-down'
  | 'terminated';

/** EC2's own delays in seconds: [least, most]. Chosen, not documented. */
const START_SECONDS = [8, 20] as const;
const STOP_SECONDS = [10, 30] as const;
const TERMINATE_SECONDS = [10, 40] as const;
/** How long status checks say `initializing`. Chosen: two to three minutes are usual. */
const INITIALIZING_MS = 180_000;
/** How long a terminated instance is still described. @see EC2-UG/terminating-instances ("a short while"). */
const TERMINATED_LINGER_MS = 3_600_000;

const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** What a launch needs to know. */
export interface InstanceLaunch {
  readonly imageId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly subnetId: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Ec2Instance extends InstanceLaunch {
  readonly instanceId: string;
  readonly privateIpAddress: string;
  readonly launchedMs: number;
  state: InstanceState;
  /** Of the last boot: a restarted warm instance boots again. */
  bootedMs: number;
  terminatedMs?: number;
}

/** Instances, launched by Auto Scaling alone. Every state change is an event and tells the listener. */
export class Instances {
  readonly #world: World;
  readonly #events: EventSink;
  readonly #place: Place;
  readonly #images: Images;
  readonly #ids: () => number;
  readonly #delays: () => number;
  readonly #instances = new Map<string, Ec2Instance>();
  #listener: (instance: Ec2Instance) => void = () => {};
  #launched = 0;

  constructor(parts: { world: World; events: EventSink; place: Place; images: Images }) {
    this.#world = parts.world;
    this.#events = parts.events;
    this.#place = parts.place;
    this.#images = parts.images;
    this.#ids = parts.world.random('ec2/instance-ids');
    this.#delays = parts.world.random('ec2/instance-delays');
  }

  /** One listener: the Auto Scaling service. */
  onStateChange(listener: (instance: Ec2Instance) => void): void {
    this.#listener = listener;
  }

  arnOf(instanceId: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:ec2:${region}:${accountId}:instance/${instanceId}`;
  }

  find(instanceId: string): Ec2Instance | undefined {
    return this.#instances.get(instanceId);
  }

  /** The one that has this private address now. */
  byAddress(address: string): Ec2Instance | undefined {
    for (const one of this.#instances.values())
      if (one.privateIpAddress === address && one.state !== 'terminated') return one;
    return undefined;
  }

  /** What a machine answers to a request over HTTP; undefined while nothing on it listens. */
  answerOf(instance: Ec2Instance, random: () => number): WebAnswer | undefined {
    const nowMs = this.#world.nowMs();
    if (!this.passesChecks(instance, nowMs)) return undefined;
    const { answers } = this.#images.behaviourOf(instance.imageId);
    const minute = Math.floor((nowMs - instance.bootedMs) / 60_000);
    return answers?.(minute, random) ?? { status: 200, seconds: 0.01 + random() / 20, body: 'ok' };
  }

  /** @throws InvalidAMIID.NotFound, InvalidAMIID.Unavailable */
  launch(launch: InstanceLaunch): Ec2Instance {
    const refusal = this.#images.launchRefusal(launch.imageId);
    if (refusal !== undefined) throw refusal;
    this.#forgetTerminated();
    const nowMs = this.#world.nowMs();
    this.#launched += 1;
    const instance: Ec2Instance = {
      ...launch,
      privateIpAddress: privateAddress(this.#launched),
      instanceId: `i-${randomHex(this.#ids, 17)}`,
      launchedMs: nowMs,
      bootedMs: nowMs,
      state: 'pending',
    };
    this.#instances.set(instance.instanceId, instance);
    this.#enter(instance, 'pending');
    this.#later(instance, START_SECONDS, 'pending', 'running');
    return instance;
  }

  start(instance: Ec2Instance): void {
    instance.bootedMs = this.#world.nowMs();
    this.#enter(instance, 'pending');
    this.#later(instance, START_SECONDS, 'pending', 'running');
  }

  stop(instance: Ec2Instance): void {
    this.#enter(instance, 'stopping');
    this.#later(instance, STOP_SECONDS, 'stopping', 'stopped');
  }

  terminate(instance: Ec2Instance): void {
    if (instance.state === 'shutting-down' || instance.state === 'terminated') return;
    this.#enter(instance, 'shutting-down');
    this.#later(instance, TERMINATE_SECONDS, 'shutting-down', 'terminated');
  }

  /** Whether the machine works at this instant: running, and past the image's time to become healthy. */
  passesChecks(instance: Ec2Instance, atMs: number): boolean {
    const { healthySeconds } = this.#images.behaviourOf(instance.imageId);
    if (instance.state !== 'running' || healthySeconds === null) return false;
    return atMs >= instance.bootedMs + healthySeconds * 1000;
  }

  /** Whether its status checks say so. A machine that has just booted is initializing, not impaired. */
  isImpaired(instance: Ec2Instance, atMs: number): boolean {
    if (instance.state === 'pending') return false;
    if (instance.state !== 'running') return true;
    return !this.passesChecks(instance, atMs) && atMs >= instance.bootedMs + INITIALIZING_MS;
  }

  readonly operations = {
    DescribeInstances: operation<DescribeInstancesCommandInput, DescribeInstancesCommandOutput>({
      authorize: () => [{ action: 'ec2:DescribeInstances', resource: '*' }],
      run: (input) => this.#describe(input),
    }),
  };

  #later(
    instance: Ec2Instance,
    [least, most]: readonly [number, number],
    from: InstanceState,
    to: InstanceState,
  ): void {
    const delayMs = Math.round((least + this.#delays() * (most - least)) * 1000);
    this.#world.after(delayMs, `${instance.instanceId} ${to}`, () => {
      if (instance.state === from) this.#enter(instance, to);
    });
  }

  /** @see EC2-UG/monitoring-instance-state-changes */
  #enter(instance: Ec2Instance, state: InstanceState): void {
    instance.state = state;
    if (state === 'terminated') instance.terminatedMs = this.#world.nowMs();
    this.#events.emit({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      resources: [this.arnOf(instance.instanceId)],
      detail: { 'instance-id': instance.instanceId, state },
    });
    this.#listener(instance);
  }

  /** When it is asked, not by a timer of its own: a timer would keep an otherwise finished world awake. */
  #forgetTerminated(): void {
    const beforeMs = this.#world.nowMs() - TERMINATED_LINGER_MS;
    for (const { instanceId, terminatedMs } of this.#instances.values())
      if (terminatedMs !== undefined && terminatedMs < beforeMs) this.#instances.delete(instanceId);
  }

  #describe(input: DescribeInstancesCommandInput): Answered {
    this.#forgetTerminated();
    for (const id of input.InstanceIds ?? [])
      if (!this.#instances.has(id))
        throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    const wanted = [...this.#instances.values()].filter(
      (instance) =>
        (!input.InstanceIds?.length || input.InstanceIds.includes(instance.instanceId)) &&
        (input.Filters ?? []).every(({ Name, Values }) =>
          (Values ?? []).includes(filterable(instance, Name ?? '')),
        ),
    );
    const { page, nextToken } = pageOf(
      wanted,
      input.NextToken,
      input.MaxResults ?? 1000,
      () => new AwsError('InvalidNextToken', 'The token is not valid'),
    );
    const reservations = page.map((instance) => ({
      ReservationId: `r-${instance.instanceId.slice(2)}`,
      OwnerId: this.#place.accountId,
      Instances: [shown(instance)],
    }));
    return nextToken === undefined
      ? { Reservations: reservations }
      : { Reservations: reservations, NextToken: nextToken };
  }
}

/** Of 10.0.0.0/9, one after another: the rest is for what is no instance. */
const privateAddress = (count: number): string =>
  `10.${(count >> 16) & 127}.${(count >> 8) & 255}.${count & 255}`;

type Answered = Pick<DescribeInstancesCommandOutput, 'Reservations' | 'NextToken'>;

function filterable(instance: Ec2Instance, name: string): string {
  if (name.startsWith('tag:')) return instance.tags[name.slice(4)] ?? '\u0000';
  const facts: Readonly<Record<string, string>> = {
    'instance-id': instance.instanceId,
    'image-id': instance.imageId,
    'instance-state-name': instance.state,
    'instance-type': instance.instanceType,
    'subnet-id': instance.subnetId,
    'availability-zone': instance.zone,
  };
  const fact = facts[name];
  if (fact === undefined)
    throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return fact;
}

function shown(instance: Ec2Instance): Instance {
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType as NonNullable<Instance['InstanceType']>,
    State: { Code: STATE_CODES[instance.state], Name: instance.state },
    LaunchTime: new Date(instance.bootedMs),
    SubnetId: instance.subnetId,
    PrivateIpAddress: instance.privateIpAddress,
    Placement: { AvailabilityZone: instance.zone, Tenancy: 'default' },
    Tags: Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
