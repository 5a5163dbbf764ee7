import { autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { cloudWatchClient } from '../adapters/clients/cloud-watch.ts';
import { lambdaClient } from '../adapters/clients/lambda.ts';
import { loadBalancingClient } from '../adapters/clients/load-balancing.ts';
import { stepFunctionsClient } from '../adapters/clients/step-functions.ts';
import { entry } from '../adapters/entry.ts';
import { makeSupervise } from '../adapters/supervise.ts';
import { makeSuperviseWave } from './look.ts';

export const handler = entry(
  makeSupervise(
    makeSuperviseWave({
      autoScaling: autoScalingClient(),
      cloudWatch: cloudWatchClient(),
      elb: loadBalancingClient(),
      lambda: lambdaClient(),
    }),
    { stepFunctions: stepFunctionsClient(), nowMs: Date.now },
  ),
);
