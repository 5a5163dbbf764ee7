import type { FunctionUrls } from '../aws/function-urls.ts';
import type { LambdaService } from '../aws/lambda.ts';
import type { Place } from '../contract.ts';
import {
  list,
  optionalBoolean,
  optionalNumber,
  optionalText,
  present,
  type ResourceKind,
  type ResourceKinds,
  record,
  text,
} from './resource-kind.ts';

/** Who may invoke functions, what feeds them, and their versions and aliases. */
export function functionLinkKinds({
  lambda,
  functionUrls,
  place,
}: {
  lambda: LambdaService;
  functionUrls: FunctionUrls;
  place: Place;
}): ResourceKinds {
  return {
    'AWS::Lambda::Permission': permissionKind(lambda, place),
    'AWS::Lambda::Url': urlKind(functionUrls, place),
    'AWS::Lambda::EventSourceMapping': eventSourceMappingKind(lambda),
    'AWS::Lambda::Version': versionKind(place),
    'AWS::Lambda::Alias': aliasKind(place),
  };
}

function permissionKind(lambda: LambdaService, place: Place): ResourceKind {
  return {
    understood: [
      ...['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount'],
      ...['FunctionUrlAuthType', 'InvokedViaFunctionUrl'],
    ],
    create: (request) => {
      const { properties } = request;
      const statementId = `${request.stack}-${request.logicalId}-${request.generation}`;
      lambda.addPermission(functionArn(place, plainName(text(properties, 'FunctionName'))), {
        statementId,
        action: text(properties, 'Action'),
        principal: text(properties, 'Principal'),
        ...present('sourceArn', optionalText(properties, 'SourceArn')),
        ...present('sourceAccount', optionalText(properties, 'SourceAccount')),
        ...present('functionUrlAuthType', optionalText(properties, 'FunctionUrlAuthType')),
        ...present('invokedViaFunctionUrl', optionalBoolean(properties, 'InvokedViaFunctionUrl')),
      });
      return { ref: statementId, attributes: { Id: statementId } };
    },
    remove: () => {},
  };
}

function urlKind(urls: FunctionUrls, place: Place): ResourceKind {
  return {
    understood: ['TargetFunctionArn', 'AuthType', 'InvokeMode'],
    create: ({ properties }) => {
      const functionName = plainName(text(properties, 'TargetFunctionArn'));
      const authType = text(properties, 'AuthType');
      const mode = optionalText(properties, 'InvokeMode') ?? 'BUFFERED';
      if (mode !== 'BUFFERED') throw new Error(`unsupported InvokeMode ${mode}`);
      const arn = functionArn(place, functionName);
      return {
        ref: arn,
        attributes: { FunctionArn: arn, FunctionUrl: urls.open(functionName, authType) },
      };
    },
    remove: ({ properties }) => urls.close(plainName(text(properties, 'TargetFunctionArn'))),
  };
}

function eventSourceMappingKind(lambda: LambdaService): ResourceKind {
  return {
    understood: [
      ...[
        'FunctionName',
        'EventSourceArn',
        'BatchSize',
        'MaximumBatchingWindowInSeconds',
        'FunctionResponseTypes',
      ],
      ...['ScalingConfig', 'Enabled'],
    ],
    ignored: ['Tags'],
    create: (request) => {
      const { properties } = request;
      if (optionalText(properties, 'Enabled') === 'false') {
        return { ref: request.logicalId };
      }
      const reportBatchItemFailures = list(properties.FunctionResponseTypes).includes(
        'ReportBatchItemFailures',
      );
      const maximumConcurrency = optionalNumber(
        record(properties.ScalingConfig),
        'MaximumConcurrency',
      );
      lambda.addEventSourceMapping({
        functionName: plainName(text(properties, 'FunctionName')),
        queueArn: text(properties, 'EventSourceArn'),
        reportBatchItemFailures,
        ...present('batchSize', optionalNumber(properties, 'BatchSize')),
        ...present(
          'maximumBatchingWindowSeconds',
          optionalNumber(properties, 'MaximumBatchingWindowInSeconds'),
        ),
        ...present('maximumConcurrency', maximumConcurrency),
      });
      return { ref: request.logicalId, attributes: { Id: request.logicalId } };
    },
    update: () => {
      throw new Error('unsupported: a change of an event source mapping');
    },
    remove: () => {},
  };
}

/** Versions and aliases name the function as it is: there is only `$LATEST`. */
function versionKind(place: Place): ResourceKind {
  return {
    understood: ['FunctionName'],
    ignored: ['Description', 'CodeSha256'],
    create: ({ properties, generation }) => {
      const version = String(generation + 1);
      const arn = `${functionArn(place, plainName(text(properties, 'FunctionName')))}:${version}`;
      return { ref: arn, attributes: { Version: version, FunctionArn: arn } };
    },
    remove: () => {},
  };
}

function aliasKind(place: Place): ResourceKind {
  return {
    understood: ['FunctionName', 'Name', 'FunctionVersion'],
    ignored: ['Description'],
    create: ({ properties }) => {
      const arn = `${functionArn(place, plainName(text(properties, 'FunctionName')))}:${text(properties, 'Name')}`;
      return { ref: arn, attributes: { AliasArn: arn } };
    },
    update: (_request, made) => made,
    remove: () => {},
  };
}

export function functionArn(place: Place, name: string): string {
  return `arn:${place.partition}:lambda:${place.region}:${place.accountId}:function:${name}`;
}

/** The name of a function within a name or an ARN, with or without a qualifier. */
export function plainName(reference: string): string {
  const parts = reference.split(':');
  return (parts[0] === 'arn' ? parts[6] : parts[0]) ?? reference;
}
