import type { LedgerAct } from './ledger.ts';
import { linkFunctionSpecs } from './link-functions.ts';
import type { Called, Probers } from './probe-functions.ts';
import { type Reach, together } from './reach.ts';
import { anywhere, type NotificationsTopic, on, type Right } from './rights.ts';
import { tryLaunch } from './try-launch.ts';

/** What the functions are told and allowed beside the catalogue's reach: resources of the hub itself. */
export interface HubReach extends Reach {
  /** Differs when the deployed catalogue does. */
  readonly catalogueDigest: string;
  readonly looksQueue: { readonly arn: string; readonly url: string };
  /** Where notifications hold a link to answer by: its key, its address, and where it is told. */
  readonly links?:
    | { readonly keyArn: string; readonly url: string; readonly topic: NotificationsTopic }
    | undefined;
  readonly supervisors: Readonly<Record<'bake' | 'rollout' | 'wave', Called>>;
  /** What makes the requests of probe gates, of fleets and in the soak of waves, by where it stands; none without such gates. */
  readonly probers: Probers;
  /** What finds the addresses of instances that are probed; absent where none are. */
  readonly locator: Called | undefined;
  /** The same by name, in JSON. */
  readonly proberNames: Readonly<Record<keyof Probers, string>>;
}

export interface FunctionSpec {
  /** What the function is for: its description in the console. */
  readonly purpose: string;
  readonly timeoutSeconds: number;
  /**
   * `events`: by rules, schedules or queues, where nobody awaits an answer; such a function has a dead-letter queue.
   * `people`: by whoever knows its public address.
   */
  readonly calledBy: 'workflow' | 'events' | 'people';
  /** How many run at once at most: what is left for others of the account's concurrency is less by as many. */
  readonly concurrency?: number;
  /** What it does with items of the ledger, in transactions too. */
  readonly ledger: readonly LedgerAct[];
  /** Patterns of the partition keys that an act is held to; absent: all. */
  readonly partitions?: Readonly<Partial<Record<LedgerAct, readonly string[]>>>;
  readonly rights: (reach: HubReach) => readonly Right[];
  /** Beside `LEDGER_TABLE`, `CATALOGUE_PATH` and `HUB`, which every function has. */
  readonly environment?: (reach: HubReach) => Readonly<Record<string, string>>;
}

const readCatalogue = (reach: Reach): Right =>
  on(reach.catalogueParameters, 'ssm:GetParametersByPath');

/** Answers a parked task: the one who does is whoever looked and found something to do. */
const completeTask = anywhere('states:SendTaskSuccess');

/** With the warm pool of each, whose instances DescribeAutoScalingGroups leaves out. */
const describeGroups = anywhere(
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeWarmPool',
);
const describeRefreshes = anywhere('autoscaling:DescribeInstanceRefreshes');
const describeAlarms = anywhere('cloudwatch:DescribeAlarms');
/** Who judges gates asks whoever probes. */
const askProbers = (whose: keyof Probers, { probers, locator }: HubReach): Right =>
  on(
    [...Object.values(probers[whose]), ...(locator === undefined ? [] : [locator])].map(
      ({ arn }) => arn,
    ),
    'lambda:InvokeFunction',
  );
const proberEnvironment = (
  whose: keyof Probers,
  { probers, proberNames, locator }: HubReach,
): Readonly<Record<string, string>> => ({
  ...(Object.keys(probers[whose]).length === 0 ? {} : { PROBE_FUNCTIONS: proberNames[whose] }),
  ...(locator === undefined ? {} : { LOCATE_FUNCTION: locator.name }),
});
const readGates = [describeAlarms, anywhere('elasticloadbalancing:DescribeTargetHealth')];

/** Every function of the hub, its folder under `lambdas/`, and all that it may do. */
export const functionSpecs = {
  'receive-cause': {
    purpose: 'Turns an event or a moved base image into a Release',
    timeoutSeconds: 60,
    calledBy: 'events',
    ledger: ['get', 'put'],
    rights: (reach) => [
      readCatalogue(reach),
      on(reach.baseParameters, 'ssm:GetParameter'),
      on(reach.machines.release, 'states:StartExecution'),
    ],
    environment: (reach) => ({ RELEASE_ARN: reach.machines.release }),
  },
  'open-release': {
    purpose: 'Understands the input of a Release, claims the image, takes answers',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'check'],
    rights: (reach) => [
      readCatalogue(reach),
      // Has the release looked at that a person has answered.
      on(reach.asksPeople.ofWaves ? [reach.supervisors.wave.arn] : [], 'lambda:InvokeFunction'),
    ],
    environment: (reach) => ({ SUPERVISE_WAVE_FUNCTION: reach.supervisors.wave.name }),
  },
  'start-bake': {
    purpose: 'Asks Image Builder for an image version, once',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(
        reach.pipelines,
        'imagebuilder:StartImagePipelineExecution',
        'imagebuilder:GetImagePipeline',
        'imagebuilder:ListImagePipelineImages',
      ),
      on(reach.images, 'imagebuilder:TagResource'),
    ],
  },
  'supervise-bake': {
    purpose: 'Looks at a bake and says what to do',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'delete'],
    rights: (reach) => [on(reach.images, 'imagebuilder:GetImage'), completeTask],
  },
  'cancel-bake': {
    purpose: 'Cancels a bake that nobody waits for',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(reach.pipelines, 'imagebuilder:ListImagePipelineImages'),
      on(reach.images, 'imagebuilder:GetImage', 'imagebuilder:CancelImageCreation'),
    ],
  },
  'inspect-version': {
    purpose: 'Judges an image version before any fleet sees it',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(reach.images, 'imagebuilder:GetImage', 'imagebuilder:ListImageScanFindingAggregations'),
    ],
  },
  'next-step': {
    purpose: 'Decides what a Release does next, and writes down what it asks a person',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: () => [],
  },
  'supervise-wave': {
    purpose: 'Looks at the soak of a wave and says what to do',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'delete'],
    rights: (reach) => [
      ...[describeGroups, ...readGates, completeTask],
      on(reach.gateFunctions.ofWaves, 'lambda:InvokeFunction'),
      askProbers('ofWaves', reach),
    ],
    environment: (reach) => proberEnvironment('ofWaves', reach),
  },
  'close-release': {
    purpose: 'Records how a Release ended and starts the pending one',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'put', 'update', 'delete'],
    rights: (reach) => [on(reach.machines.release, 'states:StartExecution')],
    environment: (reach) => ({ RELEASE_ARN: reach.machines.release }),
  },
  'survey-fleet': {
    purpose: 'Proves that a rollback is possible before anything moves',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'delete'],
    rights: (reach) => [
      readCatalogue(reach),
      describeGroups,
      describeRefreshes,
      // Lifts Kiln's own hold when a person clears a block.
      on(reach.groups, 'autoscaling:ResumeProcesses'),
      anywhere('ec2:DescribeLaunchTemplateVersions', 'ec2:DescribeImages'),
      describeAlarms,
      // Of its own kind the holders of locks, of the others those of claims.
      on(together(Object.values(reach.executions)), 'states:DescribeExecution'),
      // Has the rollout looked at that a person has answered.
      on(reach.asksPeople.ofFleets ? [reach.supervisors.rollout.arn] : [], 'lambda:InvokeFunction'),
    ],
    environment: (reach) => ({ SUPERVISE_ROLLOUT_FUNCTION: reach.supervisors.rollout.name }),
  },
  'make-template-version': {
    purpose: 'Makes the launch template version of a rollout, and deletes that of a failed one',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'update'],
    rights: (reach) => [
      on(
        reach.launchTemplates,
        'ec2:CreateLaunchTemplateVersion',
        'ec2:DeleteLaunchTemplateVersions',
      ),
      anywhere('ec2:DescribeLaunchTemplateVersions'),
    ],
  },
  'start-refresh': {
    purpose: 'Starts an instance refresh, or adopts the one that is ours',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(reach.groups, 'autoscaling:StartInstanceRefresh'),
      describeGroups,
      describeRefreshes,
      ...tryLaunch(reach),
    ],
  },
  'supervise-rollout': {
    purpose: 'Looks at a rollout and says what to do',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'delete'],
    rights: (reach) => [
      ...[describeGroups, describeRefreshes, ...readGates, completeTask],
      ...(reach.readsMetrics ? [anywhere('cloudwatch:GetMetricData')] : []),
      on(reach.gateFunctions.ofFleets, 'lambda:InvokeFunction'),
      askProbers('ofFleets', reach),
    ],
    environment: (reach) => proberEnvironment('ofFleets', reach),
  },
  'turn-back': {
    purpose: 'Records that a rollout goes back, and why, before anything else does',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'update'],
    rights: () => [],
  },
  'hold-fleet': {
    purpose: 'Holds the refresh of a fleet at a checkpoint, and lets it go on',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(reach.groups, 'autoscaling:SuspendProcesses', 'autoscaling:ResumeProcesses'),
      describeGroups,
    ],
  },
  'cancel-refresh': {
    purpose: 'Cancels a refresh on the way back and lifts the hold',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'update'],
    rights: (reach) => [
      on(reach.groups, 'autoscaling:CancelInstanceRefresh', 'autoscaling:ResumeProcesses'),
      describeRefreshes,
    ],
  },
  'close-rollout': {
    purpose: 'Records how a rollout ended and lets the fleet go',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'put', 'update', 'delete'],
    rights: () => [],
  },
  wake: {
    purpose: 'Finds out whom an event concerns and has that looked at again',
    // Longer than the longest look, which it awaits.
    timeoutSeconds: 90,
    calledBy: 'events',
    ledger: ['get'],
    rights: (reach) => [
      readCatalogue(reach),
      on(
        Object.values(reach.supervisors).map(({ arn }) => arn),
        'lambda:InvokeFunction',
      ),
      on(
        reach.looksQueue.arn,
        'sqs:SendMessage',
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
      ),
    ],
    environment: (reach) => ({
      // It keeps the catalogue in memory: a new one must make new instances.
      CATALOGUE_DIGEST: reach.catalogueDigest,
      LOOKS_QUEUE_URL: reach.looksQueue.url,
      SUPERVISE_BAKE_FUNCTION: reach.supervisors.bake.name,
      SUPERVISE_ROLLOUT_FUNCTION: reach.supervisors.rollout.name,
      SUPERVISE_WAVE_FUNCTION: reach.supervisors.wave.name,
    }),
  },
  'find-orphans': {
    purpose: 'Finds what dead executions left behind and starts Recover',
    timeoutSeconds: 60,
    calledBy: 'events',
    ledger: ['get', 'query', 'put', 'delete'],
    rights: (reach) => [
      readCatalogue(reach),
      on(together(Object.values(reach.executions)), 'states:DescribeExecution'),
      on([reach.machines.recover, reach.machines.release], 'states:StartExecution'),
    ],
    environment: (reach) => ({
      RECOVER_ARN: reach.machines.recover,
      RELEASE_ARN: reach.machines.release,
    }),
  },
  'take-over': {
    purpose: 'Takes over what a dead execution owned',
    timeoutSeconds: 60,
    calledBy: 'workflow',
    ledger: ['get', 'query', 'put', 'update', 'delete'],
    rights: (reach) => [
      readCatalogue(reach),
      on(together(Object.values(reach.executions)), 'states:DescribeExecution'),
      on(reach.executions.rollout, 'states:StopExecution'),
    ],
  },
  ...linkFunctionSpecs,
} as const satisfies Readonly<Record<string, FunctionSpec>>;

export type FunctionName = keyof typeof functionSpecs;

const isFunctionName = (name: string): name is FunctionName => name in functionSpecs;

export const functionNames: readonly FunctionName[] =
  Object.keys(functionSpecs).filter(isFunctionName);

/** Functions that only some catalogues need. */
export type LinkFunctionName = keyof typeof linkFunctionSpecs;

/** What each function is made into; those that the catalogue does not need are not there. */
export type Deployed<Made> = Readonly<Record<Exclude<FunctionName, LinkFunctionName>, Made>> &
  Readonly<Partial<Record<LinkFunctionName, Made>>>;

export const deployedFunctions = (withLinks: boolean): readonly FunctionName[] =>
  functionNames.filter((name) => withLinks || !(name in linkFunctionSpecs));

/** `receive-cause` is `ReceiveCause`: the id of its construct, and with `Function` its name in a definition. */
export const pascalCase = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
