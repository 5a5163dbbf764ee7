import {
  autoScalingClient,
  cloudWatchClient,
  loadBalancingClient,
  stepFunctionsClient,
} from '../adapters/clients.ts';
import { entry } from '../adapters/entry.ts';
import { makeSupervise } from '../adapters/supervise.ts';
import { makeSuperviseRollout } from './look.ts';

export const handler = entry(
  makeSupervise(
    makeSuperviseRollout({
      autoScaling: autoScalingClient(),
      cloudWatch: cloudWatchClient(),
      elb: loadBalancingClient(),
    }),
    { stepFunctions: stepFunctionsClient(), nowMs: Date.now },
  ),
);
