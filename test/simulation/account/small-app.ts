import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  App,
  CfnOutput,
  aws_dynamodb as dynamodb,
  aws_events as events,
  aws_iam as iam,
  aws_lambda as lambda,
  RemovalPolicy,
  Stack,
  aws_stepfunctions as sfn,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_ssm as ssm,
  aws_sns_subscriptions as subscriptions,
  aws_events_targets as targets,
} from 'aws-cdk-lib';

/** Shows that it ran, and for what. */
const HANDLER = `
exports.handler = async (event) => {
  console.log(JSON.stringify({ message: 'seen', order: event.order }));
  if (event.order === 'bad') throw new Error('a bad order');
  return { stored: event.order, table: process.env.TABLE };
};`;

/** An app of two stacks: orders come by the bus, a workflow calls a function, stores the order and tells a topic. */
export function synthesizeSmallApp(options: { readonly greeting?: string } = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'small-app-'));
  const bundle = path.join(folder, 'bundle');
  mkdirSync(bundle);
  writeFileSync(path.join(bundle, 'index.js'), HANDLER);
  const app = new App({
    outdir: path.join(folder, 'cdk.out'),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const data = new Stack(app, 'Data');
  const table = new dynamodb.Table(data, 'Orders', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const work = new Stack(app, 'Work');
  const fn = new lambda.Function(work, 'Check', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(bundle),
    environment: { TABLE: table.tableName },
  });
  const inbox = new sqs.Queue(work, 'Inbox');
  const topic = new sns.Topic(work, 'Done');
  topic.addSubscription(new subscriptions.SqsSubscription(inbox));
  const machine = workflow(work, { fn, table, topic });
  const undelivered = new sqs.Queue(work, 'Undelivered');
  new events.Rule(work, 'OnOrder', {
    eventPattern: { source: ['shop'], detailType: ['Order'] },
    targets: [
      new targets.SfnStateMachine(machine, {
        input: events.RuleTargetInput.fromEventPath('$.detail'),
        deadLetterQueue: undelivered,
      }),
    ],
  });
  new ssm.StringParameter(work, 'Greeting', {
    parameterName: '/shop/greeting',
    stringValue: options.greeting ?? 'hello',
  });
  new CfnOutput(work, 'InboxArn', { value: inbox.queueArn });
  new CfnOutput(work, 'MachineArn', { value: machine.stateMachineArn });
  app.synth();
  return path.join(folder, 'cdk.out');
}

function workflow(
  stack: Stack,
  parts: { fn: lambda.IFunction; table: dynamodb.ITable; topic: sns.ITopic },
): sfn.StateMachine {
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Check order',
    States: {
      'Check order': {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: '${FunctionArn}', Payload: '{% $states.input %}' },
        Assign: { order: '{% $states.result.Payload.stored %}' },
        Next: 'Store order',
      },
      'Store order': {
        Type: 'Task',
        Resource: 'arn:aws:states:::dynamodb:putItem',
        Arguments: { TableName: '${TableName}', Item: { pk: { S: '{% $order %}' } } },
        Next: 'Tell',
      },
      Tell: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sns:publish',
        Arguments: { TopicArn: '${TopicArn}', Message: "{% 'stored ' & $order %}" },
        End: true,
      },
    },
  };
  const role = new iam.Role(stack, 'MachineRole', {
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com'),
  });
  parts.fn.grantInvoke(role);
  parts.table.grantWriteData(role);
  parts.topic.grantPublish(role);
  return new sfn.StateMachine(stack, 'Machine', {
    role,
    definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(definition)),
    definitionSubstitutions: {
      FunctionArn: parts.fn.functionArn,
      TableName: parts.table.tableName,
      TopicArn: parts.topic.topicArn,
    },
  });
}
