import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type FunctionName,
  functionNames,
  functionSpecs,
  pascalCase,
} from '../../lib/functions.ts';
import type { LedgerAct } from '../../lib/ledger.ts';
import { anywhere, giveRights, on } from '../../lib/rights.ts';
import { onAllResources, wildcardsKey, withoutResourceLevel } from '../../lib/wildcards.ts';
import {
  aCatalogue,
  actionsOf,
  aFleet,
  aKiln,
  everyGate,
  idOf,
  resourcesOf,
  type Statement,
  statementsOfRole,
} from './builders.ts';

/** What an act on the ledger is called in a policy. */
const ledgerActions: Readonly<Record<LedgerAct, string>> = {
  get: 'dynamodb:BatchGetItem',
  query: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
};
const describeGroups = ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeWarmPool'];
const describeFleet = [...describeGroups, 'autoscaling:DescribeInstanceRefreshes'];
const readFleet = [
  ...describeFleet,
  'cloudwatch:DescribeAlarms',
  'elasticloadbalancing:DescribeTargetHealth',
];
const tryLaunch = ['ec2:RunInstances', 'ec2:CreateTags', 'iam:PassRole'];
const catalogue = ['ssm:GetParametersByPath'];

/** What each function may do beside writing its own log and the ledger: the whole of it. */
const expected: Readonly<Record<FunctionName, readonly string[]>> = {
  'receive-cause': [...catalogue, 'ssm:GetParameter', 'states:StartExecution', 'sqs:SendMessage'],
  'open-release': catalogue,
  'start-bake': [
    'imagebuilder:StartImagePipelineExecution',
    'imagebuilder:GetImagePipeline',
    'imagebuilder:ListImagePipelineImages',
    'imagebuilder:TagResource',
  ],
  'supervise-bake': ['imagebuilder:GetImage', 'states:SendTaskSuccess'],
  'cancel-bake': [
    'imagebuilder:ListImagePipelineImages',
    'imagebuilder:GetImage',
    'imagebuilder:CancelImageCreation',
  ],
  'inspect-version': ['imagebuilder:GetImage', 'imagebuilder:ListImageScanFindingAggregations'],
  'next-step': [],
  'supervise-wave': [
    ...describeGroups,
    'cloudwatch:DescribeAlarms',
    'elasticloadbalancing:DescribeTargetHealth',
    'lambda:InvokeFunction',
    'states:SendTaskSuccess',
  ],
  'close-release': ['states:StartExecution'],
  'survey-fleet': [
    ...catalogue,
    ...describeFleet,
    'autoscaling:ResumeProcesses',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeImages',
    'cloudwatch:DescribeAlarms',
    'lambda:InvokeFunction',
    'states:DescribeExecution',
  ],
  'make-template-version': [
    'ec2:CreateLaunchTemplateVersion',
    'ec2:DeleteLaunchTemplateVersions',
    'ec2:DescribeLaunchTemplateVersions',
  ],
  'start-refresh': ['autoscaling:StartInstanceRefresh', ...describeFleet, ...tryLaunch],
  'supervise-rollout': [
    ...readFleet,
    'cloudwatch:GetMetricData',
    'lambda:InvokeFunction',
    'states:SendTaskSuccess',
  ],
  'turn-back': [],
  'hold-fleet': ['autoscaling:SuspendProcesses', 'autoscaling:ResumeProcesses', ...describeGroups],
  'cancel-refresh': [
    'autoscaling:CancelInstanceRefresh',
    'autoscaling:ResumeProcesses',
    'autoscaling:DescribeInstanceRefreshes',
  ],
  'close-rollout': [],
  wake: [
    ...catalogue,
    'lambda:InvokeFunction',
    'sqs:SendMessage',
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
  ],
  'find-orphans': [
    ...catalogue,
    'states:DescribeExecution',
    'states:StartExecution',
    'sqs:SendMessage',
  ],
  'take-over': [...catalogue, 'states:DescribeExecution', 'states:StopExecution'],
  'ask-people': ['kms:GenerateMac', 'sns:Publish'],
  'answer-approval': ['kms:VerifyMac', 'lambda:InvokeFunction'],
};

const upstream = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden';
const image = { components: ['./server.yaml'], instanceTypes: ['t4g.medium'] };

let template: Template;
beforeAll(() => {
  template = aKiln({
    catalogue: aCatalogue({
      images: {
        web: { ...image, base: { ssm: '/aws/service/base' } },
        own: { ...image, base: { ssm: '/our/base' } },
        api: { ...image, base: { imageBuilder: upstream } },
      },
      fleets: { 'web-prod': aFleet('web-prod', { gates: everyGate }) },
      approvalLinks: true,
    }),
  }).template();
});

const roleOf = (name: FunctionName) =>
  statementsOfRole(
    template,
    idOf(template, 'AWS::IAM::Role', `KilnFunctions${pascalCase(name)}Role`),
  );
const sorted = (actions: Iterable<string>) => [...new Set(actions)].toSorted();
const resolved = (resource: unknown) =>
  JSON.stringify(resource)
    .replaceAll('{"Ref":"AWS::Partition"}', 'P')
    .replaceAll('{"Ref":"AWS::Region"}', 'R')
    .replaceAll('{"Ref":"AWS::AccountId"}', 'A')
    .replace(/"\],?|\["",\[|",|,"|"/g, '');

describe('the role of each function', () => {
  it.each(functionNames)('%s may do exactly this', (name) => {
    const items = functionSpecs[name].ledger.map((act) => ledgerActions[act]);
    const own = ['logs:CreateLogStream', 'logs:PutLogEvents', ...items];
    expect(sorted(roleOf(name).flatMap(actionsOf))).toEqual(sorted([...own, ...expected[name]]));
  });

  it.each([
    {
      name: 'start-refresh',
      action: 'autoscaling:StartInstanceRefresh',
      ends: 'autoScalingGroup:*:autoScalingGroupName/web-prod',
    },
    { name: 'start-refresh', action: 'iam:PassRole', ends: 'role/web-instance' },
    {
      name: 'make-template-version',
      action: 'ec2:CreateLaunchTemplateVersion',
      ends: 'launch-template/lt-0123456789abcdef0',
    },
    {
      name: 'start-bake',
      action: 'imagebuilder:StartImagePipelineExecution',
      ends: 'image-pipeline/kiln-main-web',
    },
    {
      name: 'cancel-bake',
      action: 'imagebuilder:CancelImageCreation',
      ends: 'image/kiln-main-web/*',
    },
    {
      name: 'receive-cause',
      action: 'states:StartExecution',
      ends: 'stateMachine:kiln-main-release',
    },
    { name: 'receive-cause', action: 'ssm:GetParameter', ends: ':R::parameter/aws/service/base' },
    { name: 'receive-cause', action: 'ssm:GetParameter', ends: ':R:A:parameter/our/base' },
    { name: 'take-over', action: 'states:StopExecution', ends: 'execution:kiln-main-rollout:*' },
    {
      name: 'survey-fleet',
      action: 'autoscaling:ResumeProcesses',
      ends: 'autoScalingGroup:*:autoScalingGroupName/web-prod',
    },
    {
      name: 'supervise-rollout',
      action: 'lambda:InvokeFunction',
      ends: 'function:web-test-orders',
    },
    {
      name: 'survey-fleet',
      action: 'lambda:InvokeFunction',
      ends: 'SuperviseRollout',
    },
    { name: 'ask-people', action: 'kms:GenerateMac', ends: 'AnswerLinksKey' },
    { name: 'ask-people', action: 'sns:Publish', ends: 'KilnNotifications' },
    { name: 'answer-approval', action: 'kms:VerifyMac', ends: 'AnswerLinksKey' },
    { name: 'answer-approval', action: 'lambda:InvokeFunction', ends: 'SuperviseRollout' },
    ...(['release', 'rollout', 'recover'] as const).map((machine) => ({
      name: 'survey-fleet' as const,
      action: 'states:DescribeExecution',
      ends: `execution:kiln-main-${machine}:*`,
    })),
  ] satisfies readonly { name: FunctionName; action: string; ends: string }[])(
    '$name has $action on $ends',
    ({ name, action, ends }) => {
      const texts = roleOf(name)
        .filter((statement) => actionsOf(statement).includes(action))
        .map(({ Resource }) => resolved(Resource));
      expect(texts.join()).toContain(ends);
      expect(texts).not.toContain('*');
    },
  );

  it('who faces the internet writes to releases alone', () => {
    const held = roleOf('answer-approval')
      .filter((statement) => actionsOf(statement).some((one) => one.startsWith('dynamodb:')))
      .map((statement) => [actionsOf(statement), statement.Condition]);
    const within = (...keys: string[]) => ({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
    });
    expect(held).toEqual([
      [['dynamodb:BatchGetItem'], within('RELEASE#*', 'FLEET#*', 'EXECUTION#*')],
      [['dynamodb:UpdateItem'], within('RELEASE#*')],
    ]);
  });

  it('reads metrics and invokes functions only where gates do', () => {
    const plain = aKiln().template();
    const role = idOf(plain, 'AWS::IAM::Role', 'KilnFunctionsSuperviseRolloutRole');
    const actions = statementsOfRole(plain, role).flatMap(actionsOf);
    expect(actions).not.toContain('cloudwatch:GetMetricData');
    expect(actions).not.toContain('lambda:InvokeFunction');
    const survey = idOf(plain, 'AWS::IAM::Role', 'KilnFunctionsSurveyFleetRole');
    expect(statementsOfRole(plain, survey).flatMap(actionsOf)).not.toContain(
      'lambda:InvokeFunction',
    );
  });

  it('launches and passes roles for the templates and roles of the catalogue alone', () => {
    const statements = roleOf('start-refresh');
    const by = (action: string) =>
      statements.find((statement) => actionsOf(statement).includes(action));
    expect(resolved(by('ec2:RunInstances')?.Condition)).toContain(
      'launch-template/lt-0123456789abcdef0',
    );
    expect(by('iam:PassRole')?.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    });
    expect(by('ec2:CreateTags')?.Condition).toEqual({
      StringEquals: { 'ec2:CreateAction': 'RunInstances' },
    });
  });
});

describe('all policies', () => {
  const all = () =>
    Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(([id, { Properties }]) =>
      (Properties['PolicyDocument'].Statement as Statement[]).map((statement) => ({
        id,
        statement,
      })),
    );

  const onAll = () =>
    all()
      .filter(({ statement }) => statement.Resource === '*')
      .flatMap(({ id, statement }) => actionsOf(statement).map((action) => ({ id, action })));

  it('grant on all resources only what AWS grants no other way, or what has its reason', () => {
    const unexplained = onAll().filter(
      ({ action }) => !withoutResourceLevel.has(action) && !(action in onAllResources),
    );
    expect(unexplained).toEqual([]);
    expect(() => anywhere('s3:GetObject')).toThrow(
      'expected a reason in onAllResources for s3:GetObject',
    );
  });

  it('leave nothing in the tables without a use', () => {
    const used = new Set(onAll().map(({ action }) => action));
    const known = [...withoutResourceLevel, ...Object.keys(onAllResources)];
    expect(known.filter((action) => !used.has(action))).toEqual([]);
  });

  it('say in the template why each wildcard is there that AWS does not force', () => {
    const roles = Object.entries(resourcesOf(template, 'AWS::IAM::Role'));
    const unexplained = roles.flatMap(([id, role]) => {
      const reasons: object = role.Metadata?.[wildcardsKey] ?? {};
      return statementsOfRole(template, id)
        .filter(({ Resource }) => JSON.stringify(Resource).includes('*'))
        .flatMap(actionsOf)
        .filter((action) => !withoutResourceLevel.has(action) && !(action in reasons))
        .map((action) => `${id} ${action}`);
    });
    expect(unexplained).toEqual([]);
  });

  it('are not made with a wildcard that nobody explains, nor with two reasons for one action', () => {
    const role = new iam.Role(new Stack(), 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    expect(() => giveRights(role, [on('arn:aws:s3:::b/*', 's3:GetObject')])).toThrow(
      'expected a reason for s3:GetObject on arn:aws:s3:::b/*',
    );
    const wild = (because: string) => on({ arns: ['arn:aws:s3:::b/*'], because }, 's3:GetObject');
    giveRights(role, [wild('many objects')]);
    expect(() => giveRights(role, [wild('no idea')])).toThrow(
      'expected one reason for s3:GetObject, got "many objects" and "no idea"',
    );
    expect(() => anywhere('cloudwatch:DescribeAlarms', 'ec2:DescribeImages')).toThrow(
      'expected cloudwatch:DescribeAlarms to be a right of its own',
    );
  });

  it('name no action with a wildcard', () => {
    expect(
      all()
        .flatMap(({ statement }) => actionsOf(statement))
        .filter((action) => action.includes('*')),
    ).toEqual([]);
  });

  it('let the machines call exactly what their definitions call', () => {
    const actions = (machine: string) =>
      sorted(
        statementsOfRole(template, idOf(template, 'AWS::IAM::Role', `Kiln${machine}Role`))
          .flatMap(actionsOf)
          .filter((action) => !action.startsWith('logs:')),
      );
    const nested = [
      'events:DescribeRule',
      'events:PutRule',
      'events:PutTargets',
      'lambda:InvokeFunction',
      'sns:Publish',
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ];
    expect(actions('Release')).toEqual(nested);
    expect(actions('Recover')).toEqual(nested);
    expect(actions('Rollout')).toEqual(
      sorted([
        ...tryLaunch,
        'autoscaling:UpdateAutoScalingGroup',
        'lambda:InvokeFunction',
        'sns:Publish',
        'ssm:PutParameter',
      ]),
    );
  });
});

describe('a catalogue of a thousand fleets', () => {
  it('still fits in the policies of its roles', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `fleet-${index}`);
    const fleets = Object.fromEntries(
      names.map((name, index) => {
        const launchTemplate = `lt-${index.toString(16).padStart(17, '0')}`;
        return [name, aFleet(name, { launchTemplate })];
      }),
    );
    const big = aKiln({
      catalogue: aCatalogue({ fleets, waves: [{ name: 'all', fleets: names }] }),
    }).template();
    const role = idOf(big, 'AWS::IAM::Role', 'KilnFunctionsStartRefreshRole');
    const text = JSON.stringify(statementsOfRole(big, role));
    expect(text).toContain('autoScalingGroupName/*');
    expect(text).toContain('launch-template/*');
    expect(Object.keys(big.toJSON()['Resources']).length).toBeLessThan(500);
  });

  it('names each up to a hundred, in policies that IAM takes', () => {
    const names = Array.from({ length: 100 }, (_, index) => `fleet-${index}`);
    const fleets = Object.fromEntries(
      names.map((name, index) => [
        name,
        aFleet(name, { launchTemplate: `lt-${index.toString(16).padStart(17, '0')}` }),
      ]),
    );
    const big = aKiln({
      catalogue: aCatalogue({ fleets, waves: [{ name: 'all', fleets: names }] }),
    }).template();
    const role = idOf(big, 'AWS::IAM::Role', 'KilnFunctionsStartRefreshRole');
    const text = JSON.stringify(statementsOfRole(big, role));
    for (const name of names) expect(text).toContain(`autoScalingGroupName/${name}"`);
    // Tokens are shorter in AWS than in a template: the joins fall away, Region and account are 12 characters.
    const inAws = (policy: unknown) =>
      JSON.stringify(policy)
        .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, '$1')
        .replace(/\{"Ref":"AWS::\w+"\}/g, 'x'.repeat(12))
        .replaceAll('","', '');
    for (const { Properties } of Object.values(resourcesOf(big, 'AWS::IAM::ManagedPolicy'))) {
      expect(inAws(Properties['PolicyDocument']).length).toBeLessThan(6144);
    }
    expect(functionSpecs['start-refresh'].calledBy).toBe('workflow');
  });
});
