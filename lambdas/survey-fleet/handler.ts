import { autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { cloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import { ec2Client } from '../adapters/clients/ec2.ts';
import { lambdaClient } from '../adapters/clients/lambda.ts';
import { ssmClient } from '../adapters/clients/ssm.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry, environment } from '../adapters/entry.ts';
import { lookSoon } from '../adapters/look-soon.ts';
import { makeSurveyFleet } from './survey.ts';

const lambda = lambdaClient();

export const handler = entry(
  makeSurveyFleet({
    autoScaling: autoScalingClient(),
    cloudWatch: cloudWatchClient(),
    ec2: ec2Client(),
    stepFunctions: stepFunctionsClient(),
    ssm: ssmClient(),
    wakeRollout: (executionArn) =>
      lookSoon(lambda, { rollout: environment('SUPERVISE_ROLLOUT_FUNCTION') }, executionArn),
    nowMs: Date.now,
  }),
);
