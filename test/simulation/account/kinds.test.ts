import { describe, expect, it } from 'vitest';
import { publishImage, type Simulation, simulate } from '../../../simulator/index.ts';

const assume = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});
const role = (properties: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: assume('lambda.amazonaws.com'), ...properties },
});
const policy = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const deploy = (resources: object, simulation: Simulation = simulate({ seed: 1 })) => {
  simulation.deploy({ S: { Resources: resources } });
  return simulation.account;
};
const getAtt = (logicalId: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [logicalId, attribute] });

describe('what a template asks for and the simulation does not have', () => {
  it.each([
    {
      case: 'a managed policy whose statements are unknown',
      resources: {
        R: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
      },
      message:
        'S/R (AWS::IAM::Role): unsupported managed policy arn:aws:iam::aws:policy/AdministratorAccess',
    },
    {
      case: 'a placeholder without a value',
      resources: {
        R: role({ AssumeRolePolicyDocument: assume('states.amazonaws.com') }),
        M: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            RoleArn: getAtt('R'),
            DefinitionString: '{"StartAt":"${First}"}',
            DefinitionSubstitutions: {},
          },
        },
      },
      message:
        'S/M (AWS::StepFunctions::StateMachine): the definition has ${First}, and DefinitionSubstitutions has no First',
    },
    {
      case: 'a function in another language',
      resources: {
        R: role(),
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Role: getAtt('R'),
            Handler: 'a.b',
            Runtime: 'python3.13',
            Code: { ZipFile: '' },
          },
        },
      },
      message: 'unsupported runtime python3.13',
    },
    {
      case: 'a function whose asset is not in the assembly',
      resources: {
        R: role(),
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Role: getAtt('R'),
            Handler: 'index.handler',
            Runtime: 'nodejs24.x',
            Code: { S3Bucket: 'b', S3Key: 'x.zip' },
          },
        },
      },
      message: 'no asset with the object key x.zip',
    },
    {
      case: 'a distribution that moves launch templates',
      resources: {
        D: {
          Type: 'AWS::ImageBuilder::DistributionConfiguration',
          Properties: {
            Name: 'd',
            Distributions: [{ Region: 'eu-west-1', LaunchTemplateConfigurations: [] }],
          },
        },
      },
      message: 'unsupported member launchTemplateConfigurations of a distribution',
    },
    {
      case: 'a bus of its own',
      resources: {
        B: {
          Type: 'AWS::Events::Rule',
          Properties: { EventBusName: 'other', EventPattern: { source: ['a'] } },
        },
      },
      message: 'unsupported event bus other',
    },
    {
      case: 'a layer',
      resources: { F: { Type: 'AWS::Lambda::Function', Properties: { Layers: [] } } },
      message: 'unsupported property Layers of AWS::Lambda::Function at S/F',
    },
  ])('refuses $case', ({ resources, message }) => {
    expect(() => deploy(resources)).toThrow(message);
  });
});

describe('a role', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/worker';
  const may = (simulation: Simulation, action: string) => {
    const { caller } = simulation.account.iam.sessionFor(roleArn, 'lambda.amazonaws.com', 'test');
    return simulation.account.iam.decide(caller, { action, resource: 'arn:aws:s3:::b/k' }).allowed;
  };

  it('keeps the policies of other resources when it changes, and loses those that are dropped', () => {
    const simulation = simulate({ seed: 1 });
    const own = (action: string) => ({
      RoleName: 'worker',
      Policies: [{ PolicyName: 'own', PolicyDocument: policy(action) }],
    });
    const attached = {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'more',
        PolicyDocument: policy('s3:PutObject'),
        Roles: [{ Ref: 'R' }],
      },
    };
    deploy({ R: role(own('s3:GetObject')), P: attached }, simulation);
    expect([may(simulation, 's3:GetObject'), may(simulation, 's3:PutObject')]).toEqual([
      true,
      true,
    ]);
    deploy({ R: role(own('s3:ListBucket')), P: attached }, simulation);
    expect([may(simulation, 's3:GetObject'), may(simulation, 's3:PutObject')]).toEqual([
      false,
      true,
    ]);
    deploy({ R: role(own('s3:ListBucket')) }, simulation);
    expect(may(simulation, 's3:PutObject')).toBe(false);
  });
});

describe('a rule', () => {
  const resources = (permission: object) => ({
    R: role(),
    F: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Role: getAtt('R'),
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Code: { ZipFile: 'exports.handler = async () => "done";' },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    DeadPolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Dead' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: getAtt('Dead'),
            },
          ],
        },
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['aws.ssm'] },
        Targets: [{ Id: 'T', Arn: getAtt('F'), DeadLetterConfig: { Arn: getAtt('Dead') } }],
      },
    },
    ...permission,
  });
  const deadQueue = 'arn:aws:sqs:eu-west-1:111122223333:dead';
  const changeParameter = (simulation: Simulation) =>
    simulation.account.calls.callAws({
      caller: { kind: 'person', name: 'operator' },
      client: 'client-ssm',
      operation: 'PutParameter',
      input: { Name: '/a', Type: 'String', Value: 'b' },
    });

  it('starts the function that lets it in', async () => {
    const simulation = simulate({ seed: 1 });
    const permission = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: getAtt('F'),
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: getAtt('Rule'),
      },
    };
    const account = deploy(resources({ Permission: permission }), simulation);
    changeParameter(simulation);
    await simulation.run();
    expect(account.runtime.invocations).toBe(1);
    expect(account.sqs.messagesOf(deadQueue)).toEqual([]);
  });

  it('writes to its dead-letter queue when the function does not', async () => {
    const simulation = simulate({ seed: 1 });
    const account = deploy(resources({}), simulation);
    changeParameter(simulation);
    await simulation.run();
    expect(account.runtime.invocations).toBe(0);
    expect(account.sqs.messagesOf(deadQueue)).toHaveLength(1);
  });
});

describe('a launch template and its group', () => {
  const parameter = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';
  const resources = (instanceType: string) => ({
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: {
        LaunchTemplateData: { ImageId: `{{resolve:ssm:${parameter}}}`, InstanceType: instanceType },
      },
    },
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Name: 'front' } },
    Targets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: { Name: 'web', HealthCheckIntervalSeconds: '10' },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' },
        DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Targets' } }],
      },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        AutoScalingGroupName: 'web',
        MinSize: '2',
        MaxSize: '4',
        VPCZoneIdentifier: ['subnet-1', 'subnet-2'],
        TargetGroupARNs: [{ Ref: 'Targets' }],
        LaunchTemplate: {
          LaunchTemplateId: { Ref: 'Template' },
          Version: getAtt('Template', 'LatestVersionNumber'),
        },
      },
    },
  });

  it('come up behind the load balancer, and a change makes the next version', async () => {
    const simulation = simulate({ seed: 1 });
    const imageId = publishImage(simulation.account, { parameter });
    const account = deploy(resources('m7g.large'), simulation);
    await simulation.world.advance(10 * 60_000);
    const fullName = String(
      account.deployments.resource('S', 'Balancer')?.made.attributes?.LoadBalancerFullName,
    );
    expect(account.elb.hostCounts()).toMatchObject([
      { dimensions: { LoadBalancer: fullName }, healthy: 2 },
    ]);
    const template = account.ec2.templates.store.all()[0]!;
    expect(account.ec2.templates.store.version(template, '1').data.ImageId).toBe(imageId);
    deploy(resources('m7g.xlarge'), simulation);
    expect(
      account.deployments.resource('S', 'Template')?.made.attributes?.LatestVersionNumber,
    ).toBe('2');
  });
});

describe('an alarm', () => {
  it('tells its topic when it goes off', async () => {
    const simulation = simulate({ seed: 1 });
    const alarm = {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'errors',
        Namespace: 'Shop',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Period: '60',
        EvaluationPeriods: '1',
        Threshold: '1',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: 'Topic' }],
      },
    };
    const account = deploy(
      { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'pages' } }, Alarm: alarm },
      simulation,
    );
    await simulation.world.advance(3 * 60_000);
    account.cloudWatch.put({
      namespace: 'Shop',
      name: 'Errors',
      dimensions: {},
      value: 3,
      atMs: simulation.world.nowMs(),
    });
    await simulation.world.advance(2 * 60_000);
    const [page] = account.sns.messagesOf('arn:aws:sns:eu-west-1:111122223333:pages');
    expect(JSON.parse(page!.message)).toMatchObject({
      AlarmName: 'errors',
      NewStateValue: 'ALARM',
    });
  });
});
