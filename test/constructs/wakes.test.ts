import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  deployedFunctions,
  type FunctionName,
  functionNames,
  functionSpecs,
  pascalCase,
} from '../../lib/functions.ts';
import {
  aCatalogue,
  aFleet,
  aKiln,
  idOf,
  type Resource,
  resourcesOf,
  statementsOfRole,
} from './builders.ts';

const upstream = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden';
const upstreamOnly = () =>
  aCatalogue({
    images: {
      web: {
        base: { imageBuilder: upstream },
        components: ['./server.yaml'],
        instanceTypes: ['t4g.medium'],
      },
    },
  });

const here = [{ Ref: 'AWS::AccountId' }];

describe('the rules', () => {
  it('are these, each narrow', () => {
    const template = aKiln().template();
    const patterns = Object.fromEntries(
      Object.entries(resourcesOf(template, 'AWS::Events::Rule')).map(([id, { Properties }]) => [
        id.replace(/^KilnWakes|[0-9A-F]{8}$/g, ''),
        Properties['EventPattern'],
      ]),
    );
    expect(patterns).toEqual({
      ImageChanged: {
        account: here,
        source: ['aws.imagebuilder'],
        'detail-type': ['EC2 Image Builder Image State Change'],
        resources: [
          {
            prefix: {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':imagebuilder:',
                  { Ref: 'AWS::Region' },
                  ':',
                  { Ref: 'AWS::AccountId' },
                  ':image/kiln-main-',
                ],
              ],
            },
          },
        ],
        // What a bake only passes through wakes nobody.
        detail: {
          state: {
            status: [
              {
                'anything-but': [
                  'PENDING',
                  'CREATING',
                  'BUILDING',
                  'TESTING',
                  'DISTRIBUTING',
                  'INTEGRATING',
                ],
              },
            ],
          },
        },
      },
      GroupChanged: {
        account: here,
        source: ['aws.autoscaling'],
        'detail-type': [
          'EC2 Auto Scaling Instance Refresh Checkpoint Reached',
          'EC2 Auto Scaling Instance Refresh Succeeded',
          'EC2 Auto Scaling Instance Refresh Failed',
          'EC2 Auto Scaling Instance Refresh Cancelled',
          'EC2 Auto Scaling Instance Refresh Rollback Started',
          'EC2 Auto Scaling Instance Refresh Rollback Succeeded',
          'EC2 Auto Scaling Instance Refresh Rollback Failed',
          'EC2 Auto Scaling Instance Refresh Started Baking',
          'EC2 Instance Launch Unsuccessful',
        ],
        detail: { AutoScalingGroupName: ['web-prod'] },
      },
      AlarmChanged: {
        account: here,
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: { alarmName: ['web-prod-5xx'] },
      },
      ExecutionDied: {
        account: here,
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: expect.any(Array) },
      },
    });
    expect(patterns['ExecutionDied'].detail.stateMachineArn).toHaveLength(3);
  });

  it('start a Release for an upstream image that is finished, and not for a replayed event', () => {
    const template = aKiln({ catalogue: upstreamOnly() }).template();
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.imagebuilder'],
        'detail-type': ['EC2 Image Builder Image State Change'],
        resources: [{ prefix: `${upstream}/` }],
        detail: { state: { status: ['AVAILABLE'] } },
        'replay-name': [{ exists: false }],
      },
      Targets: [
        Match.objectLike({
          Arn: {
            'Fn::GetAtt': [
              idOf(template, 'AWS::Lambda::Function', 'KilnFunctionsReceiveCause'),
              'Arn',
            ],
          },
        }),
      ],
    });
  });

  it('stay within 2048 characters however many names there are', () => {
    const names = Array.from({ length: 60 }, (_, index) => `fleet-${index}`);
    const fleets = Object.fromEntries(
      names.map((name) => [
        name,
        aFleet(name, { gates: [{ alarms: [`${name}-${'x'.repeat(30)}`] }] }),
      ]),
    );
    const catalogue = aCatalogue({ fleets, waves: [{ name: 'all', fleets: names }] });
    const template = aKiln({ catalogue }).template();
    const rules = Object.entries(resourcesOf(template, 'AWS::Events::Rule'));
    expect(rules).toHaveLength(4);
    for (const [id, { Properties }] of rules) {
      const pattern = Properties['EventPattern'];
      expect(JSON.stringify(pattern).length, id).toBeLessThanOrEqual(2048);
      if (id.includes('AlarmChanged')) expect(pattern.detail).toBeUndefined();
      if (id.includes('GroupChanged')) expect(pattern.detail.AutoScalingGroupName).toHaveLength(60);
    }
  });

  it('do not listen to alarms where no gate names one', () => {
    const fleets = {
      'web-prod': aFleet('web-prod', { gates: [{ instanceHealth: { min: 100 } }] }),
    };
    const rules = resourcesOf(
      aKiln({ catalogue: aCatalogue({ fleets }) }).template(),
      'AWS::Events::Rule',
    );
    expect(Object.keys(rules).filter((id) => id.includes('AlarmChanged'))).toEqual([]);
  });
});

describe('the schedules', () => {
  it('compare base images and sweep, each with the input that its function knows', () => {
    const template = aKiln().template();
    const inputs = Object.values(resourcesOf(template, 'AWS::Scheduler::Schedule')).map(
      ({ Properties }) => [Properties['ScheduleExpression'], Properties['Target'].Input],
    );
    expect(inputs).toEqual([
      ['rate(1 hour)', '{"check":"base-images"}'],
      ['rate(10 minutes)', '{"sweep":true}'],
    ]);
  });

  it('may call that function and hand over what failed, and nothing else', () => {
    const template = aKiln().template();
    const called = statementsOfRole(
      template,
      idOf(template, 'AWS::IAM::Role', 'KilnSchedulesSweepRole'),
    );
    expect(called).toEqual([
      {
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: {
          'Fn::GetAtt': [
            idOf(template, 'AWS::Lambda::Function', 'KilnFunctionsFindOrphans'),
            'Arn',
          ],
        },
      },
      {
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: {
          'Fn::GetAtt': [idOf(template, 'AWS::SQS::Queue', 'KilnQueuesDeadLetters'), 'Arn'],
        },
      },
    ]);
  });

  it('compare nothing where no base image is an SSM parameter', () => {
    aKiln({ catalogue: upstreamOnly() }).template().resourceCountIs('AWS::Scheduler::Schedule', 1);
  });
});

describe('what cannot be handed over', () => {
  it('goes to a dead-letter queue from every target of every rule and schedule, after bounded attempts', () => {
    const template = aKiln({ catalogue: upstreamOnly() }).template();
    const targets = (resource: Resource) =>
      resource.Properties['Targets'] ?? [resource.Properties['Target']];
    const all = ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'].flatMap((type) =>
      Object.values(resourcesOf(template, type)).flatMap(targets),
    );
    expect(all.length).toBeGreaterThan(4);
    for (const target of all) {
      expect(target.DeadLetterConfig.Arn).toEqual({
        'Fn::GetAtt': ['KilnQueuesDeadLettersFB3573D2', 'Arn'],
      });
      expect(target.RetryPolicy).toEqual({
        MaximumEventAgeInSeconds: expect.any(Number),
        MaximumRetryAttempts: expect.any(Number),
      });
    }
  });

  it('goes there from every function that is called without waiting, and from no other', () => {
    const template = aKiln().template();
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    const withQueue = deployedFunctions(false).filter((name: FunctionName) => {
      const id = idOf(template, 'AWS::Lambda::Function', `KilnFunctions${pascalCase(name)}`);
      return functions[id]!.Properties['DeadLetterConfig'] !== undefined;
    });
    expect(withQueue).toEqual(
      functionNames.filter((name) => functionSpecs[name].calledBy === 'events'),
    );
    expect(withQueue).toEqual(['receive-cause', 'wake', 'find-orphans']);
  });

  it('goes to a queue of its own when it is a look', () => {
    aKiln()
      .template()
      .hasResourceProperties('AWS::SQS::Queue', {
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['KilnQueuesLooksDeadLettersACE09108', 'Arn'] },
          maxReceiveCount: 3,
        },
      });
  });
});
