import { beforeAll, describe, expect, it } from 'vitest';
import {
  inventFleet,
  type Simulation,
  simulate,
  type TraceLine,
} from '../../../simulator/index.ts';
import { synthesizeSmallApp } from './small-app.ts';

let assembly: string;
beforeAll(() => {
  assembly = synthesizeSmallApp();
});

async function order(simulation: Simulation, name: string): Promise<void> {
  await simulation.account.calls.callAws({
    caller: { kind: 'person', name: 'shopper' },
    client: 'client-eventbridge',
    operation: 'PutEvents',
    input: {
      Entries: [{ Source: 'shop', DetailType: 'Order', Detail: JSON.stringify({ order: name }) }],
    },
  });
}

describe('a deployed app', () => {
  it('carries an event through rule, workflow, function, table and topic into a queue', async () => {
    const simulation = simulate({ seed: 3 });
    const { account } = simulation;
    simulation.deploy(assembly);
    order(simulation, 'book');
    expect((await simulation.run()).ended).toBe('rest');
    const [execution] = account.stepFunctions.executions();
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const { InboxArn } = account.deployments.outputs('Work');
    const [message] = account.sqs.messagesOf(String(InboxArn));
    expect(JSON.parse(message!.body)).toMatchObject({
      Type: 'Notification',
      Message: 'stored book',
    });
    const table = [...account.deployments.resources()].find(
      ({ type }) => type === 'AWS::DynamoDB::Table',
    )!;
    expect(account.dynamoDb.itemsOf(table.made.ref)).toEqual([{ pk: { S: 'book' } }]);
  });

  it('fails its execution when the function throws, and nothing is stored', async () => {
    const simulation = simulate({ seed: 3 });
    simulation.deploy(assembly);
    order(simulation, 'bad');
    await simulation.run();
    expect(simulation.account.stepFunctions.executions()).toMatchObject([{ status: 'FAILED' }]);
  });

  it('leaves the same trace for the same seed, and another for another', async () => {
    const traceOf = async (seed: number) => {
      const lines: string[] = [];
      const simulation = simulate({
        seed,
        trace: (line: TraceLine) => lines.push(JSON.stringify(line)),
      });
      simulation.deploy(assembly);
      order(simulation, 'book');
      await simulation.run();
      return lines.join('\n');
    };
    const first = await traceOf(3);
    expect(first.split('\n').length).toBeGreaterThan(10);
    expect(await traceOf(3)).toBe(first);
    expect(await traceOf(4)).not.toBe(first);
  });

  it('changes nothing when it is deployed again, and only what changed when it changed', () => {
    const simulation = simulate({ seed: 3 });
    const created = simulation.deploy(assembly).changes;
    expect(created.every((change) => change.startsWith('created '))).toBe(true);
    expect(simulation.deploy(assembly).changes).toEqual([]);
    const { changes } = simulation.deploy(synthesizeSmallApp({ greeting: 'good day' }));
    expect(changes).toEqual([expect.stringMatching(/^updated Work\/Greeting/)]);
    expect(simulation.account.ssm.valueOf('/shop/greeting')).toBe('good day');
  });
});

describe('an invented fleet', () => {
  it('comes into service on its numbered template, healthy, with quiet alarms', async () => {
    const { account, world } = simulate({ seed: 5 });
    const { imageId, targetGroupArn } = inventFleet(account, {
      autoScalingGroupName: 'web-prod',
      launchTemplateId: 'lt-0123456789abcdef0',
      alarms: ['web-prod-errors'],
      targetGroup: true,
      instanceProfileRoleArn: 'arn:aws:iam::111122223333:role/web-instance',
    });
    await world.advance(10 * 60_000);
    const group = await describeGroup(account);
    expect(group).toMatchObject({
      MinSize: 6,
      MaxSize: 12,
      DesiredCapacity: 6,
      TargetGroupARNs: [targetGroupArn],
    });
    expect(group.Instances).toHaveLength(6);
    for (const instance of group.Instances) {
      expect(instance).toMatchObject({
        LifecycleState: 'InService',
        HealthStatus: 'Healthy',
        LaunchTemplate: { LaunchTemplateId: 'lt-0123456789abcdef0', Version: '1' },
      });
      expect(account.elb.stateOf(targetGroupArn!, instance.InstanceId)).toBe('healthy');
    }
    expect(account.cloudWatch.stateOf('web-prod-errors')).toBe('OK');
    expect(account.ec2.behaviourOf(imageId).healthySeconds).toBe(60);
    expect(account.ec2.roleOfProfile('web-instance')).toBe(
      'arn:aws:iam::111122223333:role/web-instance',
    );
  });
});

interface GroupShown {
  readonly Instances: { readonly InstanceId: string }[];
}

async function describeGroup(account: Simulation['account']): Promise<GroupShown> {
  const answer = account.calls.callAws({
    caller: { kind: 'person', name: 'operator' },
    client: 'client-auto-scaling',
    operation: 'DescribeAutoScalingGroups',
    input: {},
  });
  await account.world.advance(1_000);
  const { AutoScalingGroups } = (await answer) as { AutoScalingGroups: [GroupShown] };
  return AutoScalingGroups[0];
}
