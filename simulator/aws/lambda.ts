import {
  AwsError,
  type CallAws,
  type Caller,
  type FunctionAnswer,
  type FunctionRunner,
  type Iam,
  type Json,
  type Operation,
  type Place,
  type PolicyStatement,
  type Service,
} from '../contract.ts';
import type { FunctionSpec } from '../functions/function-spec.ts';
import type { FunctionRuntime } from '../functions/runner.ts';
import type { RunnableWorld } from '../world.ts';
import {
  type AsyncConfig,
  AsyncInvocations,
  type AsyncTarget,
  isDestination,
  responsePayload,
} from './lambda-events.ts';
import { type EventSourceMapping, type QueuePoller, QueueSource } from './lambda-queue-source.ts';

export type { AsyncConfig } from './lambda-events.ts';
export type { EventSourceMapping, PolledMessage, QueuePoller } from './lambda-queue-source.ts';

export interface LambdaOptions {
  readonly world: RunnableWorld;
  readonly place: Place;
  readonly iam: Iam;
  readonly callAws: CallAws;
  readonly runtime: FunctionRuntime;
  /** Needed for event source mappings. */
  readonly queues?: QueuePoller;
  readonly doubleEvent?: (functionName: string) => boolean;
}

export interface LambdaFunction extends FunctionSpec {
  readonly asyncConfig?: AsyncConfig;
  readonly deadLetterArn?: string;
}

export interface InvokePermission {
  readonly statementId: string;
  readonly action: string;
  /** A service (`events.amazonaws.com`), an account id or an ARN. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  /** Only through a function URL of this kind. */
  readonly functionUrlAuthType?: string;
  /** Only through a function URL. */
  readonly invokedViaFunctionUrl?: boolean;
}

interface InvokeInput {
  readonly FunctionName: string;
  readonly InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  readonly Payload?: Uint8Array | string;
  readonly Qualifier?: string;
}

interface FunctionInput {
  readonly FunctionName: string;
}

/** Lambda developer guide, gettingstarted-limits: 6 MB synchronous, 1 MB asynchronous. */
const PAYLOAD_BYTES_MAX = { RequestResponse: 6_291_456, DryRun: 6_291_456, Event: 1_048_576 };

const INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** The Lambda service of the account: invocations of both kinds, queue sources, function policies. */
export class LambdaService implements Service, FunctionRunner {
  readonly client = 'client-lambda';
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #options: LambdaOptions;
  readonly #functions = new Map<string, AsyncTarget & { readonly spec: LambdaFunction }>();
  readonly #events: AsyncInvocations;

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.#events = new AsyncInvocations(options);
    this.operations = {
      Invoke: this.#invokeOperation(),
      GetFunctionConfiguration: this.#getConfigurationOperation(),
    };
  }

  /**
   * Deploys a function, or puts a new version in its place.
   * @throws {AwsError} InvalidParameterValueException: the role cannot be assumed, a number is out of range, or a
   * destination is of a kind that is not modelled
   */
  addFunction(spec: LambdaFunction): void {
    const { runtime, iam } = this.#options;
    const { asyncConfig = {}, deadLetterArn, functionName, arn } = spec;
    check(spec);
    let caller: Caller;
    try {
      ({ caller } = iam.sessionFor(spec.roleArn, 'lambda.amazonaws.com', functionName));
    } catch (cause) {
      const message = 'The role defined for the function cannot be assumed by Lambda.';
      throw Object.assign(new AwsError('InvalidParameterValueException', message), { cause });
    }
    if (spec.inVpc === true) this.#connect(caller);
    this.#functions.set(functionName, {
      functionName,
      arn,
      asyncConfig,
      deadLetterArn,
      caller,
      spec,
    });
    runtime.add(spec);
  }

  /**
   * Lambda makes the network interfaces of a function in a VPC with the rights of its role. Which it asks for, and that it
   * refuses the function when one is missing: Lambda developer guide, configuration-vpc. Assumed: all at once, on everything.
   */
  #connect(caller: Caller): void {
    for (const action of INTERFACE_ACTIONS) {
      if (this.#options.iam.decide(caller, { action, resource: '*' }).allowed) continue;
      const [, operation] = action.split(':');
      const message = `The provided execution role does not have permissions to call ${operation} on EC2`;
      throw new AwsError('InvalidParameterValueException', message);
    }
  }

  /** `AWS::Lambda::EventSourceMapping` of a queue. */
  addEventSourceMapping(mapping: EventSourceMapping): void {
    const { queues, place } = this.#options;
    if (queues === undefined) throw new Error('this account has no queues');
    const { arn: functionArn, caller } = this.#target(mapping.functionName);
    new QueueSource({
      ...this.#options,
      queues,
      mapping,
      functionArn,
      caller,
      region: place.region,
    });
  }

  /** `AWS::Lambda::Permission`: one statement of the function's own policy. */
  addPermission(functionArn: string, permission: InvokePermission): void {
    const { principal, sourceArn, sourceAccount, functionUrlAuthType } = permission;
    const equal = {
      ...(sourceAccount === undefined ? {} : { 'AWS:SourceAccount': sourceAccount }),
      ...(functionUrlAuthType === undefined
        ? {}
        : { 'lambda:FunctionUrlAuthType': functionUrlAuthType }),
    };
    const conditions = {
      ...(sourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': sourceArn } }),
      ...(Object.keys(equal).length === 0 ? {} : { StringEquals: equal }),
      ...(permission.invokedViaFunctionUrl === true
        ? { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }
        : {}),
    };
    const statement: PolicyStatement = {
      Sid: permission.statementId,
      Effect: 'Allow',
      Principal: principal.includes('.') ? { Service: principal } : { AWS: principal },
      Action: permission.action,
      Resource: functionArn,
      ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
    };
    this.#options.iam.addResourceStatement(functionArn, statement);
  }

  /** Whether a service may invoke the function on behalf of one of its resources (a rule, a topic, a schedule). */
  mayInvoke(functionName: string, principal: string, sourceArn?: string): boolean {
    const { iam, place } = this.#options;
    const resource = this.#target(functionName).arn;
    const context = {
      'aws:SourceAccount': place.accountId,
      ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
    };
    const caller: Caller = { kind: 'service', principal };
    return iam.decide(caller, { action: 'lambda:InvokeFunction', resource, context }).allowed;
  }

  /**
   * Runs a function, or with kind `event` accepts the event and answers at once. Permission is the caller's matter
   * (`mayInvoke`, or the operation Invoke). @throws {AwsError} ResourceNotFoundException
   */
  async invoke(
    functionName: string,
    payload: unknown,
    options: { kind: 'request' | 'event'; invokedBy: string },
  ): Promise<FunctionAnswer> {
    const target = this.#target(functionName);
    if (options.kind === 'event') {
      this.#events.accept(target, JSON.parse(JSON.stringify(payload ?? {})) as Json);
      return { ok: true, payload: null };
    }
    return (await this.#options.runtime.run(target.functionName, payload)).answer;
  }

  /** @see Lambda API reference, API_Invoke */
  #invokeOperation(): Operation<InvokeInput> {
    return {
      authorize: ({ FunctionName }) => [
        { action: 'lambda:InvokeFunction', resource: this.#arnOf(FunctionName) },
      ],
      run: (input) => {
        const { InvocationType: type = 'RequestResponse' } = input;
        const target = this.#target(input.FunctionName);
        const payload = parsePayload(input.Payload, PAYLOAD_BYTES_MAX[type]);
        if (type === 'DryRun') return { StatusCode: 204 };
        if (type === 'Event') {
          this.#events.accept(target, payload);
          return { StatusCode: 202 };
        }
        return this.#options.runtime.run(target.functionName, payload).then(({ answer }) => ({
          StatusCode: 200,
          ExecutedVersion: '$LATEST',
          ...(answer.ok ? {} : { FunctionError: 'Unhandled' }),
          Payload: new TextEncoder().encode(JSON.stringify(responsePayload(answer))),
        }));
      },
    };
  }

  #getConfigurationOperation(): Operation<FunctionInput> {
    return {
      authorize: ({ FunctionName }) => [
        { action: 'lambda:GetFunctionConfiguration', resource: this.#arnOf(FunctionName) },
      ],
      run: ({ FunctionName }) => {
        const { spec } = this.#target(FunctionName);
        return {
          FunctionName: spec.functionName,
          FunctionArn: spec.arn,
          Role: spec.roleArn,
          Handler: spec.handler,
          Timeout: spec.timeoutSeconds,
          MemorySize: spec.memoryMb,
          Environment: { Variables: { ...spec.environment } },
          ...(spec.deadLetterArn ? { DeadLetterConfig: { TargetArn: spec.deadLetterArn } } : {}),
          PackageType: 'Zip',
          State: 'Active',
          LastUpdateStatus: 'Successful',
          Version: '$LATEST',
        };
      },
    };
  }

  #arnOf(reference: string): string {
    const { partition, region, accountId } = this.#options.place;
    return `arn:${partition}:lambda:${region}:${accountId}:function:${nameOf(reference)}`;
  }

  #target(reference: string): AsyncTarget & { readonly spec: LambdaFunction } {
    const target = this.#functions.get(nameOf(reference));
    if (target === undefined) {
      const message = `Function not found: ${this.#arnOf(reference)}`;
      throw new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
    }
    return target;
  }
}

/** The name within a name, a partial or a full ARN, with or without `:$LATEST`. @see API_Invoke, FunctionName */
function nameOf(reference: string): string {
  return reference.replace(/^.*?(?:^|:)function:/, '').replace(/:[^:]*$/, '');
}

function parsePayload(payload: Uint8Array | string | undefined, bytesMax: number): Json {
  if (payload === undefined || payload.length === 0) return {};
  const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) {
    const message = `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    const message = 'Could not parse request body into json: Could not parse payload into json';
    throw new AwsError('InvalidRequestContentException', message, 400);
  }
}

/** @throws {AwsError} */
function check(spec: LambdaFunction): void {
  const invalid = (message: string): AwsError =>
    new AwsError('InvalidParameterValueException', `${spec.functionName}: ${message}`);
  const { timeoutSeconds, asyncConfig = {}, deadLetterArn } = spec;
  const { maximumRetryAttempts: retries = 2, maximumEventAgeSeconds: age = 60 } = asyncConfig;
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= 900))
    throw invalid(`timeout of ${timeoutSeconds} s is not within 1 to 900`);
  if (!(retries >= 0 && retries <= 2)) throw invalid(`${retries} retries are not within 0 to 2`);
  if (!(age >= 60 && age <= 21_600))
    throw invalid(`event age of ${age} s is not within 60 to 21600`);
  for (const arn of [deadLetterArn, asyncConfig.onFailureArn, asyncConfig.onSuccessArn]) {
    if (arn !== undefined && !isDestination(arn))
      throw invalid(`destination ${arn} is not modelled (a queue or a topic is)`);
  }
}
