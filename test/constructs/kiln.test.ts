import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { beforeAll, describe, expect, it } from 'vitest';
import { releaseMetricLine } from '../../lambdas/core/metrics.ts';
import { deployedFunctions } from '../../lib/functions.ts';
import { Kiln } from '../../lib/kiln.ts';
import {
  aCatalogue,
  actionsOf,
  aFleet,
  aKiln,
  anApp,
  idOf,
  type Resource,
  resourcesOf,
  someBundles,
  someImages,
  statementsOfRole,
} from './builders.ts';

describe('with required props only', () => {
  let template: Template;
  beforeAll(() => {
    template = aKiln().template();
  });

  it('makes this and nothing else', () => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values(template.toJSON()['Resources']) as { Type: string }[]) {
      counts[Type] = (counts[Type] ?? 0) + 1;
    }
    const functions = deployedFunctions(false).length;
    const roles = functions + 3 + 2; // Machines and schedules.
    expect(counts).toEqual({
      'AWS::CloudWatch::Alarm': functions + 3 + 5, // Errors, throttles of the unattended, queues, Recover, orphans.
      'AWS::DynamoDB::Table': 1,
      'AWS::Events::Rule': 4,
      'AWS::IAM::Policy': roles,
      'AWS::IAM::Role': roles,
      'AWS::Lambda::EventSourceMapping': 1,
      'AWS::Lambda::Function': functions,
      'AWS::Lambda::Permission': 4,
      'AWS::Logs::LogGroup': functions + 3,
      'AWS::SNS::Topic': 1,
      'AWS::SNS::TopicPolicy': 1,
      'AWS::SQS::Queue': 3,
      'AWS::SQS::QueuePolicy': 3,
      'AWS::SSM::Parameter': 1,
      'AWS::Scheduler::Schedule': 2,
      'AWS::StepFunctions::StateMachine': 3,
    });
  });

  it('keeps the ledger: on demand, restorable, protected, under the logical id that it has today', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    });
    expect(Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table'))).toEqual([
      'KilnLedger47D0C36D',
    ]);
  });

  it('pins the logical ids of what people and other systems refer to', () => {
    expect(Object.keys(resourcesOf(template, 'AWS::SNS::Topic'))).toEqual([
      'KilnNotifications293A20C8',
    ]);
    expect(Object.keys(resourcesOf(template, 'AWS::StepFunctions::StateMachine'))).toEqual([
      'KilnRelease3436678F',
      'KilnRolloutC83CD47D',
      'KilnRecover7977A53D',
    ]);
    expect(Object.keys(resourcesOf(template, 'AWS::SQS::Queue'))).toEqual([
      'KilnQueuesDeadLettersFB3573D2',
      'KilnQueuesLooksDeadLettersACE09108',
      'KilnQueuesLooksC7A61B35',
    ]);
  });

  it('gives every log group a retention and keeps it', () => {
    template.allResources('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Retain',
      Properties: { RetentionInDays: 90 },
    });
  });

  it('runs every function on arm64 and the newest Node, each with a role of its own and no managed policy', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 256,
      LoggingConfig: { LogGroup: Match.anyValue() },
      Environment: {
        Variables: Match.objectLike({
          HUB: 'main',
          CATALOGUE_PATH: '/kiln/main/catalogue/',
          LEDGER_TABLE: { Ref: 'KilnLedger47D0C36D' },
        }),
      },
    });
    const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
    const roles = functions.map(({ Properties }) => JSON.stringify(Properties['Role']));
    expect(new Set(roles).size).toBe(deployedFunctions(false).length);
    for (const role of Object.values(resourcesOf(template, 'AWS::IAM::Role'))) {
      expect(role.Properties['ManagedPolicyArns']).toBeUndefined();
    }
  });

  it('runs standard machines that log their errors with data, under the names that operators know', () => {
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: true },
    });
    const machines = Object.values(resourcesOf(template, 'AWS::StepFunctions::StateMachine'));
    expect(machines.map(({ Properties }) => Properties['StateMachineName'])).toEqual([
      'kiln-main-release',
      'kiln-main-rollout',
      'kiln-main-recover',
    ]);
  });

  it('refuses what does not come over TLS, at every queue and the topic', () => {
    for (const type of ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
      for (const policy of Object.values(resourcesOf(template, type))) {
        expect(policy.Properties['PolicyDocument'].Statement).toContainEqual(
          expect.objectContaining({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        );
      }
    }
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });

  it('lets the alarms of the account tell the topic, which its policy would otherwise keep out', () => {
    const [policy] = Object.values(resourcesOf(template, 'AWS::SNS::TopicPolicy'));
    expect(policy?.Properties['PolicyDocument'].Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  it('shows a looked-for message for longer than the function that consumes it may take', () => {
    const wake = resourcesOf(template, 'AWS::Lambda::Function')[
      idOf(template, 'AWS::Lambda::Function', 'KilnFunctionsWake')
    ]!;
    const looks = resourcesOf(template, 'AWS::SQS::Queue')['KilnQueuesLooksC7A61B35']!;
    expect(looks.Properties['VisibilityTimeout']).toBe(6 * wake.Properties['Timeout']);
  });

  it('renews the function that keeps the catalogue in memory when the catalogue changes, and after it', () => {
    const wake = (catalogue = aCatalogue()) => {
      const made = aKiln({ catalogue }).template();
      const id = idOf(made, 'AWS::Lambda::Function', 'KilnFunctionsWake');
      return made.toJSON()['Resources'][id];
    };
    const digest = (resource: Resource) =>
      resource.Properties['Environment'].Variables.CATALOGUE_DIGEST;
    const changed = aCatalogue({ fleets: { 'web-prod': aFleet('web-prod', { soak: '6m' }) } });
    expect(digest(wake())).toBe(digest(wake()));
    expect(digest(wake(changed))).not.toBe(digest(wake()));
    const [parameter] = Object.keys(resourcesOf(template, 'AWS::SSM::Parameter'));
    expect(wake().DependsOn).toContain(parameter);
  });

  it('publishes the deployed catalogue with the ARN of the pipeline filled in', () => {
    template.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/kiln/main/catalogue/001',
      Type: 'String',
      Value: Match.serializedJson(
        Match.objectLike({
          images: {
            web: Match.objectLike({
              pipelineArn:
                'arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/kiln-main-web',
            }),
          },
        }),
      ),
    });
  });
});

describe('with all props', () => {
  it('obeys them', () => {
    const stack = new Stack(anApp(), 'Hub');
    const catalogue = aCatalogue({ hub: 'blue', sweepEvery: '30m', checkBaseImagesEvery: '1d' });
    const { kiln, template } = aKiln({
      catalogue,
      removalPolicy: RemovalPolicy.DESTROY,
      logRetention: logs.RetentionDays.ONE_WEEK,
      notificationsKey: kms.Key.fromKeyArn(
        stack,
        'Key',
        'arn:aws:kms:eu-west-1:111122223333:key/1234',
      ),
    });
    expect(kiln.node.id).toBe('Kiln');
    template().hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    template().allResources('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Delete',
      Properties: { RetentionInDays: 7 },
    });
    template().hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/1234',
    });
    // Who may publish may use the key: the roles of all three workflows.
    for (const machine of ['Release', 'Rollout', 'Recover']) {
      template().hasResourceProperties('AWS::IAM::Policy', {
        PolicyName: Match.stringLikeRegexp(`Kiln${machine}`),
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
              Resource: 'arn:aws:kms:eu-west-1:111122223333:key/1234',
            }),
          ]),
        },
      });
    }
    template().hasResourceProperties('AWS::SSM::Parameter', { Name: '/kiln/blue/catalogue/001' });
    template().hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'kiln-blue-release',
    });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(30 minutes)',
    });
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 day)',
    });
  });
});

describe('in an app of the user’s own', () => {
  it('takes a group, a launch template and a role that are tokens', () => {
    const stack = new Stack(anApp(), 'Own');
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 });
    const role = new iam.Role(stack, 'Role', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    });
    const launchTemplate = new ec2.LaunchTemplate(stack, 'Template', {
      machineImage: ec2.MachineImage.latestAmazonLinux2023(),
      instanceType: new ec2.InstanceType('t3.micro'),
      role,
    });
    const group = new autoscaling.AutoScalingGroup(stack, 'Group', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
      launchTemplate,
    });
    const fleet = aFleet('web-prod', {
      autoScalingGroup: group.autoScalingGroupName,
      launchTemplate: launchTemplate.launchTemplateId ?? '',
      instanceRole: role.roleArn,
    });
    const catalogue = aCatalogue({ fleets: { 'web-prod': fleet } });
    new Kiln(stack, 'Kiln', {
      catalogue,
      images: someImages(stack, catalogue),
      bundles: someBundles(),
    });
    const template = Template.fromStack(stack);
    const starter = idOf(template, 'AWS::IAM::Role', 'KilnFunctionsStartRefreshRole');
    const text = JSON.stringify(statementsOfRole(template, starter));
    expect(text).toContain('autoScalingGroupName/",{"Ref":"GroupASG');
    expect(text).toContain('{"Fn::GetAtt":["Role');
    const parameter = Object.values(resourcesOf(template, 'AWS::SSM::Parameter'))
      .map(({ Properties }) => JSON.stringify(Properties['Value']))
      .join();
    expect(parameter).toContain('{"Ref":"GroupASG');
    expect(JSON.stringify(resourcesOf(template, 'AWS::Events::Rule'))).toContain(
      '{"Ref":"GroupASG',
    );
  });

  it('grants the start of a release, and nothing more', () => {
    const { kiln, stack, template } = aKiln();
    kiln.grantStartRelease(
      new iam.Role(stack, 'Person', { assumedBy: new iam.AccountRootPrincipal() }),
    );
    kiln.grantStartRollout(
      new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() }),
    );
    for (const [id, machine] of [
      ['Person', 'KilnRelease'],
      ['Operator', 'KilnRollout'],
    ] as const) {
      const statements = statementsOfRole(template(), idOf(template(), 'AWS::IAM::Role', id));
      expect(statements.flatMap(actionsOf)).toEqual(['states:StartExecution']);
      expect(statements[0]!.Resource).toEqual({
        Ref: idOf(template(), 'AWS::StepFunctions::StateMachine', machine),
      });
    }
  });

  it('reads the metric that closing a release emits', () => {
    const { kiln } = aKiln();
    const pairs = [
      ['promoted', kiln.metricPromoted()],
      ['rolled-back', kiln.metricRolledBack()],
      ['needs-a-person', kiln.metricNeedsAPerson()],
    ] as const;
    for (const [outcome, metric] of pairs) {
      const line = releaseMetricLine('main', outcome, 0) as {
        _aws: {
          CloudWatchMetrics: {
            Namespace: string;
            Dimensions: string[][];
            Metrics: { Name: string }[];
          }[];
        };
      };
      const emitted = line._aws.CloudWatchMetrics[0]!;
      expect(metric.namespace).toBe(emitted.Namespace);
      expect(metric.metricName).toBe(emitted.Metrics[0]!.Name);
      expect(Object.keys(metric.dimensions ?? {})).toEqual(emitted.Dimensions[0]);
      expect(line).toMatchObject({ [metric.metricName]: 1, ...metric.dimensions });
    }
  });

  it('says which command makes a bundle that is missing', () => {
    expect(() => aKiln({ bundles: '/nowhere' })).toThrow(
      'expected the bundle of function receive-cause in /nowhere/receive-cause, found none; make it with: npx tsx lib/bundle.ts',
    );
  });

  it('says which image has no pipeline', () => {
    expect(() => aKiln({ images: {} })).toThrow(
      'expected a pipeline for each image, "web" has none; came pipelines: none',
    );
  });
});
