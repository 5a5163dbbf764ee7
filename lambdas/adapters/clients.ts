import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/**
 * A client per service, made when a function's module is loaded, with Region and credentials from the environment. Each
 * has a function of its own, so that a bundle carries the clients that it makes and no other.
 */

export type {
  AutoScalingClient,
  CloudWatchClient,
  EC2Client,
  ElasticLoadBalancingV2Client,
  ImagebuilderClient,
  LambdaClient,
  SFNClient,
  SQSClient,
  SSMClient,
};

export const autoScalingClient = (): AutoScalingClient => new AutoScalingClient({});
export const cloudWatchClient = (): CloudWatchClient => new CloudWatchClient({});
export const ec2Client = (): EC2Client => new EC2Client({});
export const loadBalancingClient = (): ElasticLoadBalancingV2Client =>
  new ElasticLoadBalancingV2Client({});
export const imageBuilderClient = (): ImagebuilderClient => new ImagebuilderClient({});
export const lambdaClient = (): LambdaClient => new LambdaClient({});
export const stepFunctionsClient = (): SFNClient => new SFNClient({});
export const sqsClient = (): SQSClient => new SQSClient({});
export const ssmClient = (): SSMClient => new SSMClient({});
