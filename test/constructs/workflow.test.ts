import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { withPipelines } from '../../lib/catalogue/checked-catalogue.ts';
import { reachOf } from '../../lib/reach.ts';
import { substitutionNames, Workflow } from '../../lib/workflow.ts';
import { recoverDefinition } from '../../lib/workflows/recover.ts';
import { releaseDefinition } from '../../lib/workflows/release.ts';
import { rolloutDefinition } from '../../lib/workflows/rollout.ts';
import {
  aCatalogue,
  actionsOf,
  aKiln,
  anApp,
  idOf,
  resourcesOf,
  statementsOfRole,
} from './builders.ts';

function workflow(definition: object): Template {
  const stack = new Stack(anApp(), 'S');
  const catalogue = withPipelines(aCatalogue(), { web: 'arn:pipeline' });
  new Workflow(stack, 'Machine', {
    name: 'kiln-main-machine',
    definition,
    parts: {
      functionArns: { OneFunction: 'arn:one', OtherFunction: 'arn:other' },
      topic: { arn: 'arn:topic' },
    },
    reach: reachOf(stack, catalogue, { 'web-prod': 'web-instance' }),
    logRetention: logs.RetentionDays.ONE_DAY,
    logRemovalPolicy: RemovalPolicy.DESTROY,
  });
  return Template.fromStack(stack);
}

const actions = (template: Template) =>
  statementsOfRole(template, idOf(template, 'AWS::IAM::Role', 'MachineRole'))
    .flatMap(actionsOf)
    .filter((action) => !action.startsWith('logs:'));

describe('a workflow', () => {
  it('substitutes what its definition names, and nothing else', () => {
    const template = workflow({
      StartAt: 'A',
      States: { A: { Arguments: { FunctionName: '${OneFunction}' } } },
    });
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      DefinitionSubstitutions: { OneFunction: 'arn:one' },
    });
    expect(actions(template)).toEqual(['lambda:InvokeFunction']);
    const [statement] = statementsOfRole(
      template,
      idOf(template, 'AWS::IAM::Role', 'MachineRole'),
    ).filter((candidate) => actionsOf(candidate).includes('lambda:InvokeFunction'));
    expect(statement!.Resource).toBe('arn:one');
  });

  it('keeps its definition as it was written: one text without tokens', () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
    const [machine] = Object.values(
      resourcesOf(workflow(definition), 'AWS::StepFunctions::StateMachine'),
    );
    expect(JSON.parse(machine!.Properties['DefinitionString'])).toEqual(definition);
  });

  it('may do nothing that its definition does not', () => {
    expect(actions(workflow({ States: {} }))).toEqual([]);
  });

  it('refuses a substitution that nobody fills in, and an integration without a right', () => {
    expect(() => workflow({ A: '${NoFunction}' })).toThrow(
      'expected one of the substitutions OneFunction, OtherFunction, ReleaseStateMachine, RolloutStateMachine, RecoverStateMachine, NotificationsTopic in a workflow, came "NoFunction"',
    );
    expect(() => workflow({ Resource: 'arn:aws:states:::aws-sdk:s3:deleteBucket' })).toThrow(
      'expected a right for aws-sdk:s3:deleteBucket in the table of workflow.ts',
    );
  });
});

describe('the machines of Kiln', () => {
  it.each([
    { machine: 'Release', definition: releaseDefinition() },
    { machine: 'Rollout', definition: rolloutDefinition() },
    { machine: 'Recover', definition: recoverDefinition() },
  ])(
    '$machine has a value for each name that its definition substitutes, and no value without one',
    ({ machine, definition }) => {
      const template = aKiln().template();
      const { Properties } = resourcesOf(template, 'AWS::StepFunctions::StateMachine')[
        idOf(template, 'AWS::StepFunctions::StateMachine', `Kiln${machine}`)
      ]!;
      const names = substitutionNames(JSON.stringify(definition));
      expect(names.length).toBeGreaterThan(0);
      expect(Object.keys(Properties['DefinitionSubstitutions']).toSorted()).toEqual(
        [...names].toSorted(),
      );
      expect(JSON.parse(Properties['DefinitionString'])).toEqual(
        JSON.parse(JSON.stringify(definition)),
      );
      expect(definition.TimeoutSeconds).toBeGreaterThan(0);
    },
  );
});
