import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { entry } from '../adapters/entry.ts';
import { makeSurveyFleet } from './survey.ts';

export const handler = entry(
  makeSurveyFleet({
    autoScaling: new AutoScalingClient({}),
    cloudWatch: new CloudWatchClient({}),
    ec2: new EC2Client({}),
    stepFunctions: new SFNClient({}),
    ssm: new SSMClient({}),
    nowMs: Date.now,
  }),
);
