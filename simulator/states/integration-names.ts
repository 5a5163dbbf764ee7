/**
 * How Step Functions names services, operations and errors in integrations.
 * Recorded on AWS: `DynamoDb.ResourceNotFoundException`, `DynamoDb.DynamoDbException` for an error that the service does
 * not model, `Sfn.InvalidTokenException`, `SQS.AmazonSQSException`, `SNS.InvalidParameterException`. The other names
 * follow the same two rules (the SDK for Java, versions 2 and 1) and are UNCONFIRMED.
 */

import { AwsError } from '../contract.ts';
import { clientNames, schemaOf } from '../wire/clients.ts';
import { type Failure, StatesErrorName } from './errors.ts';
import type { Pattern, Resource } from './resources.ts';

type Integration = Extract<Resource, { kind: 'integration' }>;

/** Service ids of `aws-sdk:` resources: the SDK client, and the name that errors start with. */
const SDK_SERVICES: Readonly<Record<string, { readonly client: string; readonly prefix: string }>> =
  {
    autoscaling: { client: 'client-auto-scaling', prefix: 'AutoScaling' },
    cloudwatch: { client: 'client-cloudwatch', prefix: 'CloudWatch' },
    dynamodb: { client: 'client-dynamodb', prefix: 'DynamoDb' },
    ec2: { client: 'client-ec2', prefix: 'Ec2' },
    elasticloadbalancingv2: {
      client: 'client-elastic-load-balancing-v2',
      prefix: 'ElasticLoadBalancingV2',
    },
    eventbridge: { client: 'client-eventbridge', prefix: 'EventBridge' },
    imagebuilder: { client: 'client-imagebuilder', prefix: 'Imagebuilder' },
    lambda: { client: 'client-lambda', prefix: 'Lambda' },
    scheduler: { client: 'client-scheduler', prefix: 'Scheduler' },
    sfn: { client: 'client-sfn', prefix: 'Sfn' },
    sns: { client: 'client-sns', prefix: 'Sns' },
    sqs: { client: 'client-sqs', prefix: 'Sqs' },
    ssm: { client: 'client-ssm', prefix: 'Ssm' },
  };

interface OwnService {
  readonly client: string;
  readonly prefix: string;
  /** The service as causes name it, and the error for what the service does not model. */
  readonly label: string;
  readonly generalError: string;
  readonly actions: Readonly<Record<string, readonly Pattern[]>>;
}

/** Integrations that Step Functions has made its own. Source: developer guide, "Integrating optimized services". */
const OWN_SERVICES: Readonly<Record<string, OwnService>> = {
  dynamodb: {
    client: 'client-dynamodb',
    prefix: 'DynamoDB',
    label: 'AmazonDynamoDBv2',
    generalError: 'AmazonDynamoDBException',
    actions: {
      getItem: ['request'],
      putItem: ['request'],
      updateItem: ['request'],
      deleteItem: ['request'],
    },
  },
  events: {
    client: 'client-eventbridge',
    prefix: 'EventBridge',
    label: 'AmazonEventBridge',
    generalError: 'AmazonEventBridgeException',
    actions: { putEvents: ['request', 'waitForTaskToken'] },
  },
  lambda: {
    client: 'client-lambda',
    prefix: 'Lambda',
    label: 'AWSLambda',
    generalError: 'AWSLambdaException',
    actions: { invoke: ['request', 'waitForTaskToken'] },
  },
  sns: {
    client: 'client-sns',
    prefix: 'SNS',
    label: 'AmazonSNS',
    generalError: 'AmazonSNSException',
    actions: { publish: ['request', 'waitForTaskToken'] },
  },
  sqs: {
    client: 'client-sqs',
    prefix: 'SQS',
    label: 'AmazonSQS',
    generalError: 'AmazonSQSException',
    actions: { sendMessage: ['request', 'waitForTaskToken'] },
  },
  states: {
    client: 'client-sfn',
    prefix: 'StepFunctions',
    label: 'AWSStepFunctions',
    generalError: 'AWSStepFunctionsException',
    actions: { startExecution: ['request', 'sync', 'sync:2', 'waitForTaskToken'] },
  },
};

export interface Target {
  readonly client: string;
  readonly operation: string;
}

const pascal = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The operation that an integration calls. @throws Error for one that `unsupportedResource` names. */
export function targetOf(resource: Integration): Target {
  const service = (resource.sdk ? SDK_SERVICES : OWN_SERVICES)[resource.service];
  if (service === undefined) throw new Error(`no integration with ${resource.resourceType}`);
  return { client: service.client, operation: pascal(resource.action) };
}

/** Why the simulated account does not run a resource, or undefined. */
export function unsupportedResource(resource: Resource): string | undefined {
  if (resource.kind === 'function') return undefined;
  if (resource.kind === 'activity') return `the activity '${resource.arn}'`;
  const name = `the integration ${resource.resourceType}:${resource.resource}`;
  if (!resource.sdk) {
    const patterns = OWN_SERVICES[resource.service]?.actions[resource.action];
    return patterns?.includes(resource.pattern) === true ? undefined : name;
  }
  const client = SDK_SERVICES[resource.service]?.client;
  if (client === undefined || !clientNames.includes(client)) return name;
  return schemaOf(client).operations.has(pascal(resource.action)) ? undefined : name;
}

/** The name of an exception class in the SDK for Java: a trailing Fault, if any, gives way to Exception. */
function exceptionName(name: string): string {
  if (/Exception$/.test(name)) return name;
  return `${name.replace(/Fault$/, '')}Exception`;
}

const CLIENT_ERROR = 'SdkClientException';

/** What a task fails with when its call answers an error. */
export function failureOf(resource: Integration, error: AwsError, requestId: string): Failure {
  // The codec speaks for Step Functions where parameters do not fit the operation.
  if (error.code.startsWith('States.')) return { error: error.code, cause: error.message };
  const { client } = targetOf(resource);
  const modeled = schemaOf(client).errorOf(error.code);
  if (resource.sdk) {
    const prefix = SDK_SERVICES[resource.service]?.prefix ?? resource.service;
    if (error.code === CLIENT_ERROR)
      return { error: `${prefix}.${CLIENT_ERROR}`, cause: error.message };
    return {
      error: `${prefix}.${modeled === undefined ? `${prefix}Exception` : exceptionName(modeled.name)}`,
      cause: `${error.message} (Service: ${prefix}, Status Code: ${error.status}, Request ID: ${requestId}) (SDK Attempt Count: 1)`,
    };
  }
  const own = OWN_SERVICES[resource.service];
  const prefix = own?.prefix ?? resource.service;
  if (error.code === CLIENT_ERROR)
    return { error: `${prefix}.${CLIENT_ERROR}`, cause: error.message };
  return {
    error: `${prefix}.${modeled === undefined ? (own?.generalError ?? CLIENT_ERROR) : exceptionName(modeled.name)}`,
    cause: ownCause(own?.label ?? prefix, error, requestId),
  };
}

const ownCause = (label: string, { message, status, code }: AwsError, requestId: string): string =>
  `${message} (Service: ${label}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null)`;

/** A function that is named by its ARN alone fails as the lambda integration does. */
export const functionFailure = (error: AwsError, requestId: string): Failure => {
  const resource = parseOwn('lambda', 'invoke');
  return failureOf(resource, error, requestId);
};

/** What a nested execution fails with when its machine's role may not watch or stop it. */
export const deniedFailure = (error: AwsError, requestId: string): Failure => ({
  error: StatesErrorName.taskFailed,
  cause: ownCause(OWN_SERVICES['states']?.label ?? '', error, requestId),
});

const parseOwn = (service: string, action: string): Integration => ({
  kind: 'integration',
  sdk: false,
  service,
  action,
  pattern: 'request',
  resourceType: service,
  resource: action,
});

export const isAwsError = (error: unknown): error is AwsError => error instanceof AwsError;
