import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AsyncConfig, LambdaFunction, LambdaService } from '../aws/lambda.ts';
import type { Place } from '../contract.ts';
import type { FunctionSpec } from '../functions/function-spec.ts';
import { functionArn, plainName } from './kinds-function-links.ts';
import {
  changed,
  type Made,
  nameOf,
  optionalNumber,
  optionalText,
  present,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
} from './resource-kind.ts';

const NAME_MAX = 64;

/** Functions, and what becomes of their asynchronous invocations. */
export function functionKinds({
  lambda,
  place,
}: {
  lambda: LambdaService;
  place: Place;
}): ResourceKinds {
  const functions = new DeployedFunctions(lambda);
  return {
    'AWS::Lambda::Function': functionKind(functions, place),
    'AWS::Lambda::EventInvokeConfig': eventInvokeConfigKind(functions),
  };
}

/** Function and asynchronous configuration are resources of their own; the service takes them together. */
class DeployedFunctions {
  private readonly lambda: LambdaService;
  private readonly specs = new Map<string, LambdaFunction>();
  private readonly configs = new Map<string, AsyncConfig>();

  constructor(lambda: LambdaService) {
    this.lambda = lambda;
  }

  setFunction(spec: LambdaFunction): void {
    this.specs.set(spec.functionName, spec);
    this.deploy(spec.functionName);
  }

  setConfig(functionName: string, config: AsyncConfig | undefined): void {
    this.configs.delete(functionName);
    if (config !== undefined) {
      this.configs.set(functionName, config);
    }
    this.deploy(functionName);
  }

  private deploy(functionName: string): void {
    const spec = this.specs.get(functionName);
    if (spec === undefined) {
      throw new Error(`there is no function ${functionName}`);
    }
    const asyncConfig = this.configs.get(functionName);
    this.lambda.addFunction(asyncConfig === undefined ? spec : { ...spec, asyncConfig });
  }
}

function functionKind(functions: DeployedFunctions, place: Place): ResourceKind {
  const deploy = (request: ResourceRequest, functionName: string): Made => {
    const arn = functionArn(place, functionName);
    functions.setFunction(readFunction(request, functionName, arn));
    return { ref: functionName, attributes: { Arn: arn } };
  };
  return {
    understood: [
      ...[
        'FunctionName',
        'Code',
        'Handler',
        'Role',
        'Runtime',
        'Environment',
        'Timeout',
        'MemorySize',
        'DeadLetterConfig',
      ],
      ...['LoggingConfig', 'PackageType', 'ReservedConcurrentExecutions', 'VpcConfig'],
    ],
    ignored: [
      ...['Architectures', 'Description', 'Tags', 'TracingConfig', 'EphemeralStorage'],
      ...['KmsKeyArn', 'RecursiveLoop', 'RuntimeManagementConfig'],
    ],
    create: (request) => deploy(request, nameOf(request, 'FunctionName', NAME_MAX)),
    update: (request, made, before) =>
      changed(before, request.properties, ['FunctionName', 'PackageType'])
        ? undefined
        : deploy(request, made.ref),
    // A removed function stays callable for what is under way; no resource of the template refers to it any more.
    remove: () => {},
  };
}

function readFunction(request: ResourceRequest, functionName: string, arn: string): LambdaFunction {
  const { properties } = request;
  const runtime = text(properties, 'Runtime');
  if (!runtime.startsWith('nodejs')) {
    throw new Error(`unsupported runtime ${runtime}`);
  }
  const handler = text(properties, 'Handler');
  const variables = record(record(properties.Environment).Variables);
  const deadLetterArn = optionalText(record(properties.DeadLetterConfig), 'TargetArn');
  const logGroup = optionalText(record(properties.LoggingConfig), 'LogGroup');
  const reserved = optionalNumber(properties, 'ReservedConcurrentExecutions');
  return {
    functionName,
    arn,
    roleArn: text(properties, 'Role'),
    code: readCode(request, handler),
    handler,
    environment: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, String(value)]),
    ),
    timeoutSeconds: optionalNumber(properties, 'Timeout') ?? 3,
    memoryMb: optionalNumber(properties, 'MemorySize') ?? 128,
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
    ...(logGroup === undefined ? {} : { logGroup }),
    ...present('reservedConcurrency', reserved),
    ...(properties.VpcConfig === undefined ? {} : { inVpc: true }),
  };
}

/** The very file that would be uploaded: CommonJS, named by the handler. */
function readCode({ properties, assets }: ResourceRequest, handler: string): FunctionSpec['code'] {
  const code = record(properties.Code);
  const inline = optionalText(code, 'ZipFile');
  if (inline !== undefined) {
    return { text: inline };
  }
  const key = text(code, 'S3Key');
  const directory = assets.get(key);
  if (directory === undefined) {
    throw new Error(`no asset with the object key ${key}`);
  }
  const module = handler.slice(0, handler.lastIndexOf('.'));
  const file = ['.js', '.cjs']
    .map((extension) => path.join(directory, `${module}${extension}`))
    .find(existsSync);
  if (file === undefined) {
    throw new Error(
      `handler ${handler}: no ${module}.js in ${directory} (CommonJS is what runs here)`,
    );
  }
  return { path: file };
}

function eventInvokeConfigKind(functions: DeployedFunctions): ResourceKind {
  const write = (request: ResourceRequest): Made => {
    const { properties } = request;
    const name = plainName(text(properties, 'FunctionName'));
    const destinations = record(properties.DestinationConfig);
    const destination = (kind: string) => optionalText(record(destinations[kind]), 'Destination');
    functions.setConfig(name, {
      ...present('maximumRetryAttempts', optionalNumber(properties, 'MaximumRetryAttempts')),
      ...present('maximumEventAgeSeconds', optionalNumber(properties, 'MaximumEventAgeInSeconds')),
      ...present('onSuccessArn', destination('OnSuccess')),
      ...present('onFailureArn', destination('OnFailure')),
    });
    return { ref: `${name}|$LATEST` };
  };
  return {
    understood: [
      'FunctionName',
      'Qualifier',
      'MaximumRetryAttempts',
      'MaximumEventAgeInSeconds',
      'DestinationConfig',
    ],
    create: write,
    update: (request, _made, before) =>
      changed(before, request.properties, ['FunctionName', 'Qualifier'])
        ? undefined
        : write(request),
    remove: ({ properties }) =>
      functions.setConfig(plainName(text(properties, 'FunctionName')), undefined),
  };
}
