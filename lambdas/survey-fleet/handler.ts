import { autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { cloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import { ec2Client } from '../adapters/clients/ec2.ts';
import { ssmClient } from '../adapters/clients/ssm.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { makeSurveyFleet } from './survey.ts';

export const handler = entry(
  makeSurveyFleet({
    autoScaling: autoScalingClient(),
    cloudWatch: cloudWatchClient(),
    ec2: ec2Client(),
    stepFunctions: stepFunctionsClient(),
    ssm: ssmClient(),
    nowMs: Date.now,
  }),
);
