import type {
  AutoScalingGroup,
  DescribeAutoScalingGroupsCommandOutput,
  DescribeInstanceRefreshesCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { invent } from '../../bin/cli/invention.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import type { WorldFile } from '../../bin/cli/world-file.ts';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { Call, Interference } from '../../simulator/calls.ts';
import type { ImageBehaviour, Json, Readings } from '../../simulator/contract.ts';
import { defaultBakePlan, healthyImage, type Simulation, simulate } from '../../simulator/index.ts';
import { provision } from '../../simulator/template/provision.ts';
import type { Item } from './ledger-item.ts';
import { leftovers } from './leftovers.ts';
import { type RigFleet, rigCatalogue, rigFleets } from './rig-catalogue.ts';

/**
 * The deployed app in a small simulated account, for tests that look at single acts: two instances to a fleet, short
 * holds, no scan, a bake of three minutes. One world takes many releases one after another, which is fast because its
 * functions stay warm.
 */

export interface RigOptions {
  readonly seed?: number;
  readonly readings?: Partial<Readings>;
  /** Which groups there are. @default solo alone */
  readonly fleets?: readonly RigFleet[];
  readonly groups?: WorldFile;
  /** @default rigCatalogue */
  readonly catalogue?: CheckedCatalogue;
}

/** What a function answered, or its error. */
export interface FunctionReply {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly [member: string]: unknown;
}

export interface Entered {
  readonly execution: string;
  readonly state: string;
  readonly phase: 'entered' | 'exited' | 'retried';
  readonly atMs: number;
}

const PERSON = { kind: 'person', name: 'operator' } as const;

export async function makeRig(options: RigOptions = {}): Promise<Rig> {
  const assembly = await synthesize(options.catalogue ?? rigCatalogue);
  const rig = new Rig(options);
  rig.simulation.deploy(assembly);
  rig.bakesWill(healthyImage);
  // Instances come up, and alarms see them.
  await rig.minutes(6);
  return rig;
}

export class Rig {
  readonly simulation: Simulation;
  /** What is done to calls; also sees every call. Set anew by each test. */
  disturb: (call: Call) => Interference = () => undefined;
  /** States entered, left and retried, oldest first. */
  readonly states: Entered[] = [];
  readonly functionErrors: string[] = [];
  /** What functions printed, oldest first; JSON as data. */
  readonly logs: unknown[] = [];
  readonly finishUpstream: (() => void) | undefined;
  #started = 0;

  constructor({ seed = 1, readings, fleets = ['solo'], groups = {}, ...rest }: RigOptions) {
    const { catalogue: all = rigCatalogue } = rest;
    this.simulation = simulate({
      throughWire: false,
      seed,
      ...(readings && { readings }),
      intercept: (call) => this.disturb(call),
      trace: (line) => {
        if (line.kind === 'state') {
          const { execution, state, phase } = line;
          this.states.push({ execution, state, phase, atMs: Date.parse(line.at) });
        }
        if (line.kind === 'log') this.logs.push(line.message);
        if (line.kind === 'invocation' && line.error !== undefined) {
          this.functionErrors.push(`${line.functionName}: ${line.error}`);
        }
      },
    });
    const small = Object.fromEntries(
      rigFleets.map((name) => [name, { instances: 2, ...groups[name] }]),
    );
    const present = Object.entries(all.fleets).filter(([name]) =>
      fleets.some((one) => one === name),
    );
    const catalogue = { ...all, fleets: Object.fromEntries(present) };
    this.finishUpstream = invent(this.account, catalogue, small).finishUpstream['api'];
  }

  get account() {
    return this.simulation.account;
  }

  get world() {
    return this.simulation.world;
  }

  /** Flips readings that Image Builder looks up each time. */
  change(readings: Pick<Partial<Readings>, 'bakeTokenRemembered' | 'pipelineRefusesSecondStart'>) {
    Object.assign(this.account.readings, readings);
  }

  /** Where it does not matter how a release goes on, this ends it soonest. */
  bakesFail(afterSeconds = 30): void {
    const failure = { status: 'FAILED', reason: 'the disk is full', afterSeconds } as const;
    this.account.imageBuilder.setBakePlan((bake) => ({ ...defaultBakePlan(bake), failure }));
  }

  bakesWill(behaviour: ImageBehaviour, seconds = 180): void {
    this.account.imageBuilder.setBakePlan((bake) => ({
      ...defaultBakePlan(bake),
      seconds,
      behaviour,
    }));
  }

  /** Lets the world go on until this is settled. */
  async drive<Value>(work: Promise<Value>): Promise<Value> {
    let over = false;
    const settled = work.finally(() => {
      over = true;
    });
    settled.catch(() => undefined);
    await this.world.run({ stop: () => over });
    if (!over) throw new Error('the world came to rest before what was waited for');
    return settled;
  }

  minutes(count: number): Promise<unknown> {
    if (!Number.isFinite(count)) throw new RangeError(`${count} minutes`);
    return this.world.advance(count * 60_000);
  }

  /** Until this is so; looked at between any two events. @throws Error when it is not so within `hours` */
  async until(what: string, isSo: () => boolean, hours = 12): Promise<void> {
    const untilMs = this.world.nowMs() + hours * 3_600_000;
    const { ended } = await this.world.run({ stop: isSo, untilMs });
    if (ended !== 'stopped')
      throw new Error(`${what}: not so when the world ended with "${ended}"`);
  }

  /** Until nothing runs any more. */
  async quiet(hours = 12): Promise<void> {
    const untilMs = this.world.nowMs() + hours * 3_600_000;
    const { ended, busy } = await this.world.run({ untilMs });
    if (ended !== 'rest') throw new Error(`not quiet after ${hours} h: ${busy.join(', ')}`);
  }

  call(client: string, operation: string, input: unknown): Promise<unknown> {
    return this.drive(this.account.calls.callAws({ caller: PERSON, client, operation, input }));
  }

  machine(name: 'release' | 'rollout' | 'recover'): string {
    const { partition, region, accountId } = this.account.place;
    return `arn:${partition}:states:${region}:${accountId}:stateMachine:kiln-main-${name}`;
  }

  /** Starts a workflow as a person in the console. Answers its ARN. */
  async start(machine: 'release' | 'rollout' | 'recover', input: unknown, name?: string) {
    this.#started += 1;
    const answer = (await this.call('client-sfn', 'StartExecution', {
      stateMachineArn: this.machine(machine),
      name: name ?? `by-hand-${this.#started}`,
      input: JSON.stringify(input),
    })) as { readonly executionArn: string };
    return answer.executionArn;
  }

  async stop(executionArn: string): Promise<void> {
    await this.call('client-sfn', 'StopExecution', { executionArn, cause: 'stopped by a person' });
  }

  execution(arn: string) {
    const found = this.account.stepFunctions
      .executions()
      .find(({ identity }) => identity.arn === arn);
    if (found === undefined) throw new Error(`there is no execution ${arn}`);
    return found;
  }

  /** Status, error and output of an execution. */
  outcome(arn: string) {
    const { status, failure, outputText } = this.execution(arn);
    const output = outputText === undefined ? undefined : JSON.parse(outputText);
    return { status, error: failure.error, cause: failure.cause, output } as {
      readonly status: string;
      readonly error?: string;
      readonly cause?: string;
      readonly output: Readonly<Record<string, unknown>> | undefined;
    };
  }

  /** Lets an execution, and all that it leads to, end. Answers how it ended. */
  async ended(arn: string) {
    await this.quiet();
    return this.outcome(arn);
  }

  executionsOf(machine: 'release' | 'rollout' | 'recover') {
    return this.account.stepFunctions
      .executions()
      .filter(({ identity }) => identity.machineArn === this.machine(machine));
  }

  running(): readonly string[] {
    const all = this.account.stepFunctions.executions();
    return all.filter(({ running }) => running).map(({ identity }) => identity.arn);
  }

  /** Until some execution enters this state from now on, or from a length of `states` on; answers its ARN. */
  async entered(state: string, from = this.states.length): Promise<string> {
    const find = () =>
      this.states.slice(from).find((one) => one.phase === 'entered' && one.state === state);
    await this.until(`entered ${state}`, () => find() !== undefined);
    return find()?.execution ?? '';
  }

  #resource(type: string, logicalId: string): string {
    for (const found of this.account.deployments.resources()) {
      if (found.type !== type || !found.request.logicalId.includes(logicalId)) continue;
      return found.made.ref;
    }
    throw new Error(`no ${type} ${logicalId} is deployed`);
  }

  /** The deployed name of a function: `StartBake`. */
  functionName(name: string): string {
    return this.#resource('AWS::Lambda::Function', name);
  }

  /** Calls a function and answers what it answered, or its error. */
  invoke(name: string, payload: unknown): Promise<FunctionReply> {
    return this.drive(this.invoking(name, payload));
  }

  /** The same without letting the world go on: for several at once. */
  async invoking(name: string, payload: unknown): Promise<FunctionReply> {
    const answer = (await this.account.calls.callAws({
      caller: PERSON,
      client: 'client-lambda',
      operation: 'Invoke',
      input: {
        FunctionName: this.functionName(name),
        Payload: new TextEncoder().encode(JSON.stringify(payload)),
      },
    })) as { readonly Payload: Uint8Array };
    return JSON.parse(new TextDecoder().decode(answer.Payload));
  }

  get table(): string {
    this.#table ??= this.#resource('AWS::DynamoDB::Table', '');
    return this.#table;
  }
  #table: string | undefined;

  items(): readonly Item[] {
    return this.account.dynamoDb
      .itemsOf(this.table)
      .map((item) => unmarshall(item as never) as Item);
  }

  item(pk: string, sk: string): Item | undefined {
    return this.items().find((item) => item.pk === pk && item.sk === sk);
  }

  async put(item: object): Promise<void> {
    await this.call('client-dynamodb', 'PutItem', { TableName: this.table, Item: marshall(item) });
  }

  release(arn: string): Item | undefined {
    return this.item(`RELEASE#${arn.split(':').at(-1)}`, 'META');
  }

  #groups(name: string): readonly AutoScalingGroup[] {
    const answer = provision(this.world, this.account.autoScaling, 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [name],
    }) as DescribeAutoScalingGroupsCommandOutput;
    return answer.AutoScalingGroups ?? [];
  }

  hasGroup(name: string): boolean {
    return this.#groups(name).length === 1;
  }

  group(name: string): AutoScalingGroup {
    const [group] = this.#groups(name);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }

  #live(name: string) {
    const { Instances = [] } = this.group(name);
    return Instances.filter(({ LifecycleState: state }) => !state?.includes('Terminat'));
  }

  /** The images that instances of a group run which are not on their way out. */
  imagesOf(name: string): readonly string[] {
    return [...new Set(this.#live(name).map(({ ImageId = '' }) => ImageId))];
  }

  /** The launch template versions that they run. */
  versionsOf(name: string): readonly string[] {
    return [...new Set(this.#live(name).map(({ LaunchTemplate: one }) => one?.Version ?? ''))];
  }

  suspended(name: string): readonly string[] {
    return (this.group(name).SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName);
  }

  refreshes(name: string) {
    const answer = provision(this.world, this.account.autoScaling, 'DescribeInstanceRefreshes', {
      AutoScalingGroupName: name,
    }) as DescribeInstanceRefreshesCommandOutput;
    return answer.InstanceRefreshes ?? [];
  }

  /** Numbers of the versions of a fleet's launch template. */
  templateVersions(name: string): readonly number[] {
    const LaunchTemplateId = rigCatalogue.fleets[name]?.launchTemplateId ?? '';
    const found = this.account.ec2.templates.store.find({ LaunchTemplateId });
    return [...(found?.versions.values() ?? [])].map(({ number }) => number);
  }

  /** Bakes of an image, oldest first. */
  bakes(image: string) {
    return [...this.account.imageBuilder.images.values()].filter(
      ({ recipe }) => recipe.name === `kiln-main-${image}`,
    );
  }

  /** What was told to people, oldest first. */
  told(): readonly { readonly subject: string; readonly message: Json }[] {
    const topic = this.#resource('AWS::SNS::Topic', '');
    return this.account.sns.messagesOf(topic).map(({ subject, message }) => ({
      subject: subject ?? '',
      message: JSON.parse(message) as Json,
    }));
  }

  /** What is not as it must be when nothing runs any more, one sentence each. */
  leftovers(): readonly string[] {
    return leftovers(this);
  }

  parameterVersions(name: string): readonly string[] {
    const answer = provision(this.world, this.account.ssm, 'GetParameterHistory', {
      Name: name,
    }) as {
      readonly Parameters?: readonly { readonly Value?: string }[];
    };
    return (answer.Parameters ?? []).map(({ Value }) => Value ?? '');
  }
}
