import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { machineNames } from './machine-names.ts';
import { type Reach, together } from './reach.ts';
import {
  giveRights,
  type NotificationsTopic,
  on,
  publishing,
  type Reached,
  type Right,
} from './rights.ts';
import { tryLaunch } from './try-launch.ts';

/** What a definition may name as `${…}`: functions, machines and the topic, each by its ARN. */
export interface WorkflowParts {
  /** By substitution name: `OpenReleaseFunction`. */
  readonly functionArns: Readonly<Record<string, string>>;
  readonly topic: NotificationsTopic;
}

export interface WorkflowProps {
  /** Physical name, by which operators and functions find the machine. */
  readonly name: string;
  readonly comment?: string;
  /** Amazon States Language whose resources are substitutions. */
  readonly definition: object;
  readonly parts: WorkflowParts;
  readonly reach: Reach;
  readonly logRetention: logs.RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/**
 * A state machine from its definition in the States Language. Substitutions and rights follow from what the definition
 * says and from nothing else, so that neither is ever missing nor too many.
 *
 * @throws Error when the definition names a substitution or calls a service that is not known here
 */
export class Workflow extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const text = JSON.stringify(props.definition, undefined, 2);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    this.stateMachine = new sfn.StateMachine(this, 'Resource', {
      stateMachineName: props.name,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(text),
      definitionSubstitutions: substitutionsOf(text, props.parts, props.reach),
      logs: { destination: logGroup, level: sfn.LogLevel.ERROR, includeExecutionData: true },
      tracingEnabled: false,
    });
    const { role } = this.stateMachine;
    if (!(role instanceof iam.Role)) throw new Error('expected a role that CDK has made');
    giveRights(role, workflowRights(text, props.parts, props.reach, Stack.of(this)));
  }

  /** Intent: who may start executions. Nothing else of the machine is granted. */
  grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grants.startExecution(grantee);
  }

  metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed({ statistic: cloudwatch.Stats.SUM, ...options });
  }

  metricTimedOut(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricTimedOut({ statistic: cloudwatch.Stats.SUM, ...options });
  }
}

/** The names that stand as `${Name}` in the text of a definition. */
export const substitutionNames = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\$\{([A-Za-z0-9]+)\}/g)].map(([, name]) => name ?? '')),
];

const machineSubstitution = (machine: string): string =>
  `${machine.charAt(0).toUpperCase()}${machine.slice(1)}StateMachine`;

function substitutionsOf(text: string, parts: WorkflowParts, reach: Reach): Record<string, string> {
  const known: Readonly<Record<string, string>> = {
    ...parts.functionArns,
    ...Object.fromEntries(
      machineNames.map((machine) => [machineSubstitution(machine), reach.machines[machine]]),
    ),
    NotificationsTopic: parts.topic.arn,
  };
  return Object.fromEntries(
    substitutionNames(text).map((name) => {
      const value = known[name];
      if (value === undefined) {
        throw new Error(
          `expected one of the substitutions ${Object.keys(known).join(', ')} in a workflow, came "${name}"`,
        );
      }
      return [name, value];
    }),
  );
}

/** What a direct integration of a workflow needs, by its resource without `arn:aws:states:::`. */
const integrations: Readonly<Record<string, (reach: Reach) => readonly Right[]>> = {
  'aws-sdk:ssm:putParameter': (reach) => [on(reach.fleetImageParameters, 'ssm:PutParameter')],
  'aws-sdk:autoscaling:updateAutoScalingGroup': (reach) => [
    on(reach.groups, 'autoscaling:UpdateAutoScalingGroup'),
    ...tryLaunch(reach),
  ],
};

function workflowRights(
  text: string,
  parts: WorkflowParts,
  reach: Reach,
  stack: Stack,
): readonly Right[] {
  const names = substitutionNames(text);
  const functionArns = names.flatMap((name) => parts.functionArns[name] ?? []);
  const nested = machineNames.filter((machine) => names.includes(machineSubstitution(machine)));
  const rights: Right[] = [];
  if (functionArns.length > 0) rights.push(on(functionArns, 'lambda:InvokeFunction'));
  if (names.includes('NotificationsTopic')) rights.push(...publishing(parts.topic));
  if (nested.length > 0) {
    rights.push(
      on(
        nested.map((machine) => reach.machines[machine]),
        'states:StartExecution',
      ),
    );
  }
  if (text.includes('states:startExecution.sync')) {
    rights.push(
      ...nestedAndAwaited(together(nested.map((machine) => reach.executions[machine])), stack),
    );
  }
  const called = [...text.matchAll(/arn:aws:states:::(aws-sdk:[A-Za-z0-9:]+)/g)];
  for (const integration of new Set(called.map(([, name]) => name ?? ''))) {
    const rightsOf = integrations[integration];
    if (!rightsOf)
      throw new Error(`expected a right for ${integration} in the table of workflow.ts`);
    rights.push(...rightsOf(reach));
  }
  return rights;
}

/** @see Step Functions developer guide, connect-stepfunctions: the three statements of a synchronous child */
function nestedAndAwaited(executions: Reached, stack: Stack): readonly Right[] {
  const rule = stack.formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return [
    on(executions, 'states:DescribeExecution', 'states:StopExecution'),
    on(rule, 'events:PutTargets', 'events:PutRule', 'events:DescribeRule'),
  ];
}
