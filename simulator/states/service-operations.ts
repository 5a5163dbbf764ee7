/** What the operations of Step Functions share: permissions, checks of input, pages, and machines as they are shown. */

import { AwsError, type Json, type Operation, type Permission } from '../contract.ts';
import type { StateMachineRecord } from './execution-store.ts';
import { unsupportedResource } from './integration-names.ts';
import { overQuota } from './json.ts';
import type { Resource } from './resources.ts';

/** Not in names: white space, brackets, wildcards, some signs, control characters. Source: API reference, StartExecution. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;
const PAGE_SIZE = 100;

/** @throws AwsError InvalidName */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

/** The simulator assumes no further roles for single tasks. */
export function unsupportedHere(
  resource: Resource,
  fields: { readonly [key: string]: Json },
): string | undefined {
  return fields['Credentials'] === undefined
    ? unsupportedResource(resource)
    : 'the field Credentials';
}

export function operation<Input>(
  action: string,
  resource: (input: Input) => string | undefined,
  run: (input: Input) => unknown,
): Operation {
  const typed: Operation<Input> = {
    authorize: (input): Permission[] => [{ action, resource: resource(input) ?? '*' }],
    run: (input) => run(input),
  };
  return typed as Operation;
}

/** Machine as DescribeStateMachine shows it. */
export function described({
  arn,
  name,
  roleArn,
  definition,
  loggingLevel,
  createdMs,
  revision,
}: StateMachineRecord) {
  return {
    stateMachineArn: arn,
    name,
    status: 'ACTIVE',
    definition,
    roleArn,
    type: 'STANDARD',
    creationDate: new Date(createdMs),
    loggingConfiguration: { level: loggingLevel, includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    revisionId: `revision-${revision}`,
  };
}

/** 0 and absent mean 100; at most 1,000. */
export const sizeOf = (maxResults: number | undefined): number => maxResults || PAGE_SIZE;

export const badToken = (): AwsError =>
  new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");

/** @throws AwsError InvalidExecutionInput */
export function parseInput(text: string): Json {
  if (overQuota(text)) {
    throw new AwsError(
      'InvalidExecutionInput',
      'Invalid State Machine Execution Input: the input is larger than 262144 bytes',
    );
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
  }
}
