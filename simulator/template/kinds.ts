import type { AutoScaling } from '../aws/auto-scaling.ts';
import type { CloudWatch } from '../aws/cloudwatch.ts';
import type { DynamoDb } from '../aws/dynamo-db.ts';
import type { Ec2 } from '../aws/ec2.ts';
import type { ElasticLoadBalancing } from '../aws/elastic-load-balancing.ts';
import type { EventBridge } from '../aws/event-bridge.ts';
import type { FunctionUrls } from '../aws/function-urls.ts';
import type { ImageBuilder } from '../aws/image-builder.ts';
import type { Kms } from '../aws/kms.ts';
import type { LambdaService } from '../aws/lambda.ts';
import type { Scheduler } from '../aws/scheduler.ts';
import type { Sns } from '../aws/sns.ts';
import type { Sqs } from '../aws/sqs.ts';
import type { Ssm } from '../aws/ssm.ts';
import type { StepFunctions } from '../aws/step-functions.ts';
import type { Iam, Place, World } from '../contract.ts';
import { balancingKinds } from './kinds-balancing.ts';
import { computeKinds } from './kinds-compute.ts';
import { dataKinds } from './kinds-data.ts';
import { eventKinds } from './kinds-events.ts';
import { functionLinkKinds } from './kinds-function-links.ts';
import { functionKinds } from './kinds-functions.ts';
import { groupKinds } from './kinds-groups.ts';
import { iamKinds } from './kinds-iam.ts';
import { imageBuilderKinds } from './kinds-image-builder.ts';
import { inertKinds } from './kinds-inert.ts';
import { keyKinds } from './kinds-keys.ts';
import { parameterKinds } from './kinds-parameters.ts';
import { queueKinds } from './kinds-queues.ts';
import { stateMachineKinds } from './kinds-state-machines.ts';
import { topicKinds } from './kinds-topics.ts';
import { type LogGroup, watchingKinds } from './kinds-watching.ts';
import type { ResourceKinds } from './resource-kind.ts';

/** The services that templates make resources in. */
export interface TemplateServices {
  readonly world: World;
  readonly place: Place;
  readonly iam: Iam;
  readonly autoScaling: AutoScaling;
  readonly cloudWatch: CloudWatch;
  readonly dynamoDb: DynamoDb;
  readonly ec2: Ec2;
  readonly elb: ElasticLoadBalancing;
  readonly eventBridge: EventBridge;
  readonly functionUrls: FunctionUrls;
  readonly imageBuilder: ImageBuilder;
  readonly kms: Kms;
  readonly lambda: LambdaService;
  readonly scheduler: Scheduler;
  readonly sns: Sns;
  readonly sqs: Sqs;
  readonly ssm: Ssm;
  readonly stepFunctions: StepFunctions;
  readonly logGroups: Map<string, LogGroup>;
}

/** Every resource type that can be deployed into the simulation. */
export function resourceKinds(services: TemplateServices): ResourceKinds {
  return {
    ...inertKinds(services.place),
    ...iamKinds(services),
    ...functionKinds(services),
    ...functionLinkKinds(services),
    ...keyKinds(services),
    ...dataKinds(services),
    ...stateMachineKinds(services),
    ...eventKinds(services),
    ...topicKinds(services),
    ...queueKinds(services),
    ...parameterKinds(services),
    ...watchingKinds(services),
    ...imageBuilderKinds(services.imageBuilder),
    ...computeKinds(services),
    ...balancingKinds(services),
    ...groupKinds(services),
  };
}
