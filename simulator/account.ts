import { alarmsToTopics } from './alarm-actions.ts';
import { AutoScaling } from './aws/auto-scaling.ts';
import { CloudWatch } from './aws/cloudwatch.ts';
import { DynamoDb } from './aws/dynamo-db.ts';
import { Ec2 } from './aws/ec2.ts';
import { ElasticLoadBalancing } from './aws/elastic-load-balancing.ts';
import { EventBridge } from './aws/event-bridge.ts';
import { makeTargets } from './aws/event-bridge-targets.ts';
import { FunctionUrls } from './aws/function-urls.ts';
import { ImageBuilder } from './aws/image-builder.ts';
import { Kms } from './aws/kms.ts';
import { LambdaService } from './aws/lambda.ts';
import { Scheduler } from './aws/scheduler.ts';
import { Sns } from './aws/sns.ts';
import { makeTopicDelivery } from './aws/sns-delivery.ts';
import { Sqs } from './aws/sqs.ts';
import { Ssm } from './aws/ssm.ts';
import { StepFunctions } from './aws/step-functions.ts';
import { type CallsOptions, makeCalls } from './calls.ts';
import type { Place, Readings, Service } from './contract.ts';
import { makePorts } from './functions/ports.ts';
import { FunctionRuntime } from './functions/runner.ts';
import { makeIam } from './iam/iam.ts';
import { checkInput, checkOutput } from './models/models.ts';
import { defaultReadings } from './readings.ts';
import { Deployments } from './template/deployment.ts';
import { resourceKinds } from './template/kinds.ts';
import type { LogGroup } from './template/kinds-watching.ts';
import { SimulatedWeb } from './web.ts';
import { makeWireCodec } from './wire/codec.ts';
import type { RunnableWorld } from './world.ts';

export interface AccountOptions {
  readonly world: RunnableWorld;
  readonly place?: Place;
  readonly readings?: Partial<Readings>;
  /** Twelve digits; instead of the place's. */
  readonly accountId?: string;
  /** What disturbances do to calls. */
  readonly intercept?: CallsOptions['intercept'];
  /** Who gets an asynchronous event, or a message of a queue, twice: both promise at least once. @default nobody */
  readonly doubles?: {
    readonly event?: (functionName: string) => boolean;
    readonly message?: (queueArn: string) => boolean;
  };
  /** Whether every call is checked against the services' models. @default true */
  readonly checkModels?: boolean;
  /** Whether functions use idle instances again. @default true */
  readonly reuseInstances?: boolean;
  /** Whether functions share one evaluation of their pure code. @default true */
  readonly sharePureCode?: boolean;
  /**
   * Whether what functions ask of AWS is written, signed, sent and read, or handed over by the SDK's clients: twice as fast, the
   * same trace. Needs shared pure code. @default true
   */
  readonly throughWire?: boolean;
}

export const defaultPlace: Place = {
  accountId: '111122223333',
  region: 'eu-west-1',
  partition: 'aws',
};

export type Account = ReturnType<typeof makeAccount>;

/**
 * One simulated account in one Region: all services, wired as AWS wires them. Each part gets what it needs when it is made:
 * the way of calls comes first and learns of the services as they come; the bus comes before those who emit to it.
 */
export function makeAccount(options: AccountOptions) {
  const { world } = options;
  const place: Place = {
    ...(options.place ?? defaultPlace),
    ...(options.accountId && { accountId: options.accountId }),
  };
  const readings: Readings = { ...defaultReadings, ...options.readings };
  const shared = { world, place, readings };
  const access = makeAccess(options, place);
  const messaging = makeMessaging(shared, access, options.doubles ?? {});
  const events = messaging.eventBridge;
  const fleets = makeFleets({ ...shared, events });
  access.web.connect(fleets.ec2.instances);
  const ssm = new Ssm({ world, events, place });
  const imageBuilder = new ImageBuilder({ ...shared, events, ec2: fleets.ec2, ssm });
  const dynamoDb = new DynamoDb({ world, place });
  const kms = new Kms({ world, place });
  const { iam, codec, calls } = access;
  const stepFunctions = new StepFunctions({
    world,
    events,
    place,
    call: calls.callAws,
    codec,
    iam,
  });
  const services = { ...messaging, ...fleets, ssm, imageBuilder, dynamoDb, kms, stepFunctions };
  for (const service of Object.values<Service>(services)) {
    calls.addService(service);
  }
  alarmsToTopics({ cloudWatch: fleets.cloudWatch, sns: messaging.sns, iam, world, place });
  const logGroups = new Map<string, LogGroup>();
  const functionUrls = new FunctionUrls({ ...shared, ...access });
  const parts = { ...shared, ...access, ...services, functionUrls, logGroups };
  const parameterValue = (name: string) => ssm.valueOf(name);
  const deployments = new Deployments({
    kinds: resourceKinds(parts),
    surroundings: { place, parameterValue },
  });
  return { ...parts, deployments };
}

/** Who may do what, how a call is made, and where functions run. */
function makeAccess(options: AccountOptions, place: Place) {
  const { world, intercept, checkModels = true, reuseInstances, sharePureCode } = options;
  const { throughWire = true } = options;
  const iam = makeIam(place);
  const calls = makeCalls({
    world,
    place,
    iam,
    services: [],
    ...(checkModels && { models: { checkInput, checkOutput } }),
    ...(intercept && { intercept }),
  });
  const codec = makeWireCodec();
  const { wire: port, carrier } = makePorts({ world, codec, calls, iam });
  const web = new SimulatedWeb(world);
  const runtime = new FunctionRuntime({
    ...{ world, place, iam, port, web },
    ...(!throughWire && { carrier }),
    ...(reuseInstances !== undefined && { reuseInstances }),
    ...(sharePureCode !== undefined && { sharePureCode }),
  });
  return { iam, calls, codec, port, runtime, web };
}

interface Shared {
  readonly world: RunnableWorld;
  readonly place: Place;
  readonly readings: Readings;
}

/** Functions, queues, topics, the bus and schedules: what hands things on to each other. */
function makeMessaging(
  { world, place }: Shared,
  { iam, calls, codec, runtime }: ReturnType<typeof makeAccess>,
  { event: doubleEvent, message: doubles }: NonNullable<AccountOptions['doubles']>,
) {
  const { callAws } = calls;
  const sqs = new Sqs({ world, place, ...(doubles && { doubles }) });
  const lambda = new LambdaService({
    ...{ world, place, iam, callAws, runtime, queues: sqs },
    ...(doubleEvent && { doubleEvent }),
  });
  const deliver = makeTopicDelivery({ iam, functions: lambda, queues: sqs });
  const sns = new Sns({ world, place, deliver, policies: iam });
  const targets = makeTargets({
    iam,
    callAws,
    functions: lambda,
    queues: sqs,
    topics: sns,
    renameInput: (client, operation, input) => codec.renameInput(client, operation, input),
  });
  const eventBridge = new EventBridge({ world, place, targets });
  const scheduler = new Scheduler({ world, place, targets, iam });
  return { sqs, lambda, sns, eventBridge, scheduler };
}

/** Machines, groups of them, and what watches them. */
function makeFleets(parts: Shared & { readonly events: EventBridge }) {
  const ec2 = new Ec2(parts);
  const elb = new ElasticLoadBalancing(parts);
  const cloudWatch = new CloudWatch(parts);
  const autoScaling = new AutoScaling({ ...parts, ec2, elb, cloudWatch });
  return { ec2, elb, cloudWatch, autoScaling };
}
