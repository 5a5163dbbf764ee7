import {
  AwsError,
  type CallAws,
  type Caller,
  type FunctionRunner,
  type Iam,
  type Json,
} from '../contract.ts';
import type { DeadLetter, TargetCall, Targets } from './event-bridge-delivery.ts';
import type { Sns } from './sns.ts';
import type { Sqs } from './sqs.ts';

/** What rules and schedules reach: functions, queues, topics, state machines, and any call for schedules. */
export interface TargetParts {
  readonly iam: Pick<Iam, 'decide' | 'sessionFor'>;
  readonly callAws: CallAws;
  readonly functions: FunctionRunner;
  readonly queues: Pick<Sqs, 'accept' | 'urlOf'>;
  readonly topics: Pick<Sns, 'publish'>;
  /** The codec's, for universal targets, whose input is spelled in PascalCase. @default members as they are */
  readonly renameInput?: (client: string, operation: string, input: Json) => unknown;
}

/** `arn:aws:scheduler:::aws-sdk:sqs:sendMessage` */
const UNIVERSAL = /^arn:[^:]+:scheduler:::aws-sdk:([^:]+):([^:]+)$/;
/** Clients whose package is not named as the SDK integrations name the service. */
const CLIENTS: Readonly<Record<string, string>> = {
  autoscaling: 'auto-scaling',
  elasticloadbalancingv2: 'elastic-load-balancing-v2',
};

const SCHEDULER = 'scheduler.amazonaws.com';

export function makeTargets(parts: TargetParts): Targets {
  return {
    supports: (arn) => /^arn:[^:]+:(lambda|sqs|sns|states):/.test(arn) || UNIVERSAL.test(arn),
    deliver: (call) =>
      call.roleArn === undefined
        ? deliverAsService(parts, call)
        : deliverAsRole(parts, call, call.roleArn),
    deadLetter: (queueArn, { body, attributes }: DeadLetter, from) => {
      const { roleArn } = from;
      const caller =
        from.principal === SCHEDULER && roleArn !== undefined
          ? assume(parts, from, roleArn)
          : undefined;
      demand(parts, { ...from, arn: queueArn }, 'sqs:SendMessage', caller);
      parts.queues.accept(queueArn, body, attributes);
    },
  };
}

/** By the door of the resource: its own policy must let the rule in. */
async function deliverAsService(parts: TargetParts, call: TargetCall): Promise<void> {
  const { arn, input, principal } = call;
  switch (arn.split(':')[2]) {
    case 'lambda': {
      demand(parts, call, 'lambda:InvokeFunction');
      const options = { kind: 'event', invokedBy: principal } as const;
      await parts.functions.invoke(arn.split(':')[6] ?? '', readJson(input), options);
      return;
    }
    case 'sqs':
      demand(parts, call, 'sqs:SendMessage');
      parts.queues.accept(arn, input);
      return;
    case 'sns':
      demand(parts, call, 'sns:Publish');
      parts.topics.publish(arn, { Message: input });
      return;
    default:
      throw new AwsError('AccessDeniedException', `the target ${arn} needs a role`, 403);
  }
}

/** As the role that the rule or schedule names. */
async function deliverAsRole(parts: TargetParts, call: TargetCall, roleArn: string): Promise<void> {
  const { client, operation, input } = callOf(parts, call);
  await parts.callAws({ caller: assume(parts, call, roleArn), client, operation, input });
}

function assume(
  parts: TargetParts,
  { principal, sourceArn }: Pick<TargetCall, 'principal' | 'sourceArn'>,
  roleArn: string,
): Caller {
  // A session name has at most 64 characters of these.
  const name = sourceArn.slice(sourceArn.lastIndexOf('/') + 1);
  const session = name.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
  try {
    return parts.iam.sessionFor(roleArn, principal, session).caller;
  } catch (error) {
    throw new AwsError(
      'AssumeRoleFailed',
      error instanceof Error ? error.message : String(error),
      403,
    );
  }
}

function callOf(
  { queues, renameInput }: TargetParts,
  { arn, input }: TargetCall,
): { client: string; operation: string; input: unknown } {
  const universal = UNIVERSAL.exec(arn);
  if (universal !== null) {
    const [, service = '', action = ''] = universal;
    const client = `client-${CLIENTS[service] ?? service}`;
    const operation = action.charAt(0).toUpperCase() + action.slice(1);
    const given = readJson(input);
    return { client, operation, input: renameInput?.(client, operation, given) ?? given };
  }
  const name = arn.slice(arn.lastIndexOf(':') + 1);
  switch (arn.split(':')[2]) {
    case 'lambda': {
      const Payload = new TextEncoder().encode(JSON.stringify(readJson(input)));
      return {
        client: 'client-lambda',
        operation: 'Invoke',
        input: { FunctionName: arn, InvocationType: 'Event', Payload },
      };
    }
    case 'states':
      readJson(input);
      return {
        client: 'client-sfn',
        operation: 'StartExecution',
        input: { stateMachineArn: arn, input },
      };
    case 'sqs':
      return {
        client: 'client-sqs',
        operation: 'SendMessage',
        input: { QueueUrl: queues.urlOf(name), MessageBody: input },
      };
    default:
      return {
        client: 'client-sns',
        operation: 'Publish',
        input: { TopicArn: arn, Message: input },
      };
  }
}

function demand(
  { iam }: TargetParts,
  { arn, principal, sourceArn }: Pick<TargetCall, 'arn' | 'principal' | 'sourceArn'>,
  action: string,
  caller: Caller = { kind: 'service', principal },
): void {
  const context = { 'aws:SourceArn': sourceArn };
  const { allowed, why } = iam.decide(caller, { action, resource: arn, context });
  if (!allowed) throw new AwsError('AccessDenied', `${principal} is not authorized: ${why}`, 403);
}

function readJson(input: string): Json {
  try {
    return JSON.parse(input) as Json;
  } catch {
    throw new AwsError('INVALID_JSON', 'The input for the target is not valid JSON');
  }
}
