import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type FunctionName,
  functionNames,
  functionSpecs,
  pascalCase,
} from '../../lib/functions.ts';
import { probeFunctionNames } from '../../lib/probe-functions.ts';
import {
  aCatalogue,
  actionsOf,
  aFleet,
  aKiln,
  everyGate,
  idOf,
  statementsOfRole,
} from './builders.ts';
import { type CallsOfFunction, callsOfFunction } from './calls-of-function.ts';

/** Granted and never called by a bundle: AWS asks for them on behalf of another call, or reads the queue for us. */
const onBehalf: Readonly<Record<string, string>> = {
  'ec2:CreateTags': 'StartInstanceRefresh tries a launch',
  'ec2:RunInstances': 'StartInstanceRefresh tries a launch',
  'iam:PassRole': 'StartInstanceRefresh tries a launch',
  'imagebuilder:GetImagePipeline': 'StartImagePipelineExecution depends on it',
  'imagebuilder:TagResource': 'StartImagePipelineExecution with tags depends on it',
  'logs:CreateLogStream': 'Lambda writes the log',
  'logs:PutLogEvents': 'Lambda writes the log',
  'sqs:DeleteMessage': 'Lambda reads the queue',
  'sqs:GetQueueAttributes': 'Lambda reads the queue',
  'sqs:ReceiveMessage': 'Lambda reads the queue',
  'sqs:SendMessage': 'Lambda hands over what failed',
};

const folders = readdirSync(new URL('../../lambdas/', import.meta.url)).filter(
  (folder) => folder !== 'core' && folder !== 'adapters',
);

describe('the role and the code of each function', () => {
  const calls = new Map<FunctionName, CallsOfFunction>();
  let granted: (name: FunctionName) => readonly string[];
  beforeAll(async () => {
    for (const name of functionNames) calls.set(name, await callsOfFunction(name));
    const fleets = { 'web-prod': aFleet('web-prod', { gates: everyGate }) };
    const gates = [{ function: { name: 'web-test-orders' } }, { approval: {} }];
    const waves = [{ name: 'all', fleets: ['web-prod'], gates }];
    const template = aKiln({
      catalogue: aCatalogue({ fleets, waves, approvalLinks: true }),
    }).template();
    granted = (name) =>
      statementsOfRole(
        template,
        idOf(template, 'AWS::IAM::Role', `KilnFunctions${pascalCase(name)}Role`),
      )
        .flatMap(actionsOf)
        .filter((action) => !action.startsWith('dynamodb:'));
  });

  it('are of the same functions', () => {
    expect(folders.toSorted()).toEqual([...functionNames, ...probeFunctionNames].toSorted());
  });

  it.each(functionNames)('%s is granted every call that is in it', (name) => {
    const rights = granted(name);
    expect(calls.get(name)?.actions.filter((action) => !rights.includes(action))).toEqual([]);
  });

  it.each(functionNames)('%s is granted nothing that is not in it', (name) => {
    const unused = granted(name).filter(
      (action) => !(action in onBehalf) && !calls.get(name)?.actions.includes(action),
    );
    expect(unused).toEqual([]);
  });

  it.each(functionNames)('%s does with the ledger what it says, and no more', (name) => {
    expect([...functionSpecs[name].ledger].toSorted()).toEqual(calls.get(name)?.ledger);
    expect(calls.get(name)?.ledger).not.toEqual([]);
  });

  it('nothing on behalf of another call is granted in vain', () => {
    const all = new Set(functionNames.flatMap(granted));
    expect(Object.keys(onBehalf).filter((action) => !all.has(action))).toEqual([]);
  });
});
