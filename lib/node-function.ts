import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, type Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { anywhere, giveRights, noteReason, type Right } from './rights.ts';

export interface FunctionVpc {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface NodeFunctionProps {
  /** Folder of the bundle, and of the handler under `lambdas/`. */
  readonly name: string;
  /** The directory that holds a folder for each bundle. */
  readonly bundles: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly logRetention: logs.RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
  /**
   * Where events go that failed for good.
   *
   * @default - none: the function is only ever called by somebody who awaits its answer
   */
  readonly deadLetterQueue?: sqs.IQueue | undefined;
  /**
   * How many run at once at most. An account must keep 100 unreserved.
   *
   * @default - as many as the account has left
   */
  readonly concurrency?: number | undefined;
  /**
   * Subnets and security groups of its network interfaces.
   *
   * @default - outside of any VPC
   */
  readonly vpc?: FunctionVpc | undefined;
}

/** What Lambda needs to give a function interfaces in a VPC. @see Lambda developer guide, configuration-vpc */
const interfaceActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
] as const;

/**
 * A function of ours: bundled beforehand, arm64, its own role without any managed policy, its own log group.
 *
 * @throws Error when the bundle is missing, naming the command that makes it
 */
export class NodeFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly logGroup: logs.ILogGroup;
  readonly grantPrincipal: iam.IPrincipal;
  private readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const directory = join(props.bundles, props.name);
    if (!existsSync(join(directory, 'index.js'))) {
      throw new Error(
        `expected the bundle of function ${props.name} in ${directory}, found none; make it with: npx tsx lib/bundle.ts`,
      );
    }
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    const written = this.logGroup.grantWrite(this.role);
    const actions = written.principalStatements.flatMap((statement) => statement.actions);
    noteReason(this.role, actions, 'streams of its own log group, which Lambda names');
    this.function = new lambda.Function(this, 'Resource', {
      code: lambda.Code.fromAsset(directory),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: props.timeout,
      description: props.description,
      role: this.role,
      logGroup: this.logGroup,
      ...(props.deadLetterQueue === undefined ? {} : { deadLetterQueue: props.deadLetterQueue }),
      ...(props.concurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.concurrency }),
    });
    this.grantPrincipal = this.role;
    if (props.vpc !== undefined) this.connect(props.vpc);
  }

  allow(rights: readonly Right[]): void {
    giveRights(this.role, rights);
  }

  /**
   * By ids, as they are known here, and without the managed policy that `vpc` of the library would attach.
   *
   * Lambda makes the interfaces with the rights of the role, which the function's own code has as well: to that they are
   * denied. @see Lambda developer guide, configuration-vpc
   */
  private connect({ subnetIds, securityGroupIds }: FunctionVpc): void {
    const resource = this.function.node.defaultChild;
    if (!(resource instanceof lambda.CfnFunction)) throw new Error('expected a function resource');
    resource.vpcConfig = {
      subnetIds: [...subnetIds],
      securityGroupIds: [...securityGroupIds],
    };
    this.allow(interfaceActions.map((action) => anywhere(action)));
    const everyFunction = Stack.of(this).formatArn({
      ...{ service: 'lambda', resource: 'function', resourceName: '*' },
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        actions: [...interfaceActions],
        resources: ['*'],
        // That of this very function would refer to what waits for this policy.
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': everyFunction } },
      }),
    );
  }

  metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricErrors({ statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Requests to the function's public address that ended in an error of ours. @see Lambda developer guide, urls-monitoring */
  metricUrlErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metric('Url5xxCount', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricThrottles({ statistic: cloudwatch.Stats.SUM, ...options });
  }
}
