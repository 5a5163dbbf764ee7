import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../../../simulator/contract.ts';
import { simulate, type TraceLine } from '../../../simulator/index.ts';
import { provision } from '../../../simulator/template/provision.ts';
import { machineArn, makeAccount } from '../states/account.ts';

const topic = 'arn:aws:sns:eu-west-1:111122223333:pages';

/** An alarm goes off whose action is a topic; what the topic heard, and what was lost. */
async function alarmed(policy?: PolicyStatement) {
  const trace: TraceLine[] = [];
  const { world, account } = simulate({
    seed: 1,
    trace: (line) => trace.push(structuredClone(line)),
  });
  account.sns.addTopic({ topicName: 'pages', arn: topic });
  if (policy !== undefined) account.iam.setResourcePolicy(topic, { Statement: policy });
  provision(world, account.cloudWatch, 'PutMetricAlarm', {
    ...{ AlarmName: 'errors', Namespace: 'Fleet', MetricName: 'Errors', Statistic: 'Sum' },
    ...{ Period: 60, EvaluationPeriods: 1, Threshold: 1, AlarmActions: [topic] },
    ComparisonOperator: 'GreaterThanThreshold',
  });
  provision(world, account.cloudWatch, 'SetAlarmState', {
    ...{ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'tried' },
  });
  await world.advance(60_000);
  const lost = trace.flatMap((line) =>
    line.kind === 'world' && line.message.includes('is lost') ? [line.message] : [],
  );
  return { heard: account.sns.messagesOf(topic).length, lost };
}

describe('the action of an alarm', () => {
  const to = (Effect: 'Allow' | 'Deny', Principal: unknown, account: string): PolicyStatement => ({
    ...{ Effect, Principal, Action: 'sns:Publish', Resource: topic },
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  });
  const cloudWatch = { Service: 'cloudwatch.amazonaws.com' };

  it.each<[string, PolicyStatement | undefined, boolean]>([
    ['without a policy of its own', undefined, true],
    ['that lets CloudWatch in', to('Allow', cloudWatch, '111122223333'), true],
    ['that lets CloudWatch in for another account', to('Allow', cloudWatch, '999999999999'), false],
    ['that only denies something', to('Deny', '*', '999999999999'), false],
    ['that denies it', to('Deny', '*', '111122223333'), false],
  ])('reaches a topic or is lost: one %s', async (_, policy, reaches) => {
    const { heard, lost } = await alarmed(policy);
    expect(heard).toBe(reaches ? 1 : 0);
    expect(lost).toHaveLength(reaches ? 0 : 1);
  });
});

describe('a state machine that writes logs', () => {
  const delivery = [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ];
  const make = (loggingLevel: string, actions: readonly string[]) => () => {
    const { iam, stepFunctions } = makeAccount();
    const roleArn = 'arn:aws:iam::111122223333:role/machine';
    const Principal = { Service: 'states.amazonaws.com' };
    const trust = { Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } } as const;
    iam.addRole({ name: 'machine', arn: roleArn, trust });
    iam.attachPolicy('machine', 'own', {
      Statement: actions.map((Action) => ({ Effect: 'Allow', Action, Resource: '*' })),
    });
    stepFunctions.addStateMachine({
      ...{ name: 'm', arn: machineArn('m'), roleArn, loggingLevel },
      definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Succeed' } } }),
    });
  };

  it('is made when its role may deliver them', () => {
    expect(make('ERROR', delivery)).not.toThrow();
    expect(make('OFF', [])).not.toThrow();
  });

  it.each(delivery)('is refused without %s', (missing) => {
    const without = delivery.filter((action) => action !== missing);
    expect(make('ERROR', without)).toThrow(
      'The state machine IAM Role is not authorized to access the Log Destination',
    );
  });
});
