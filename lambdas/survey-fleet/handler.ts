import {
  autoScalingClient,
  cloudWatchClient,
  ec2Client,
  ssmClient,
  stepFunctionsClient,
} from '../adapters/clients.ts';
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
