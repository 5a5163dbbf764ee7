import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { entry } from '../adapters/entry.ts';
import { makeSupervise } from '../adapters/supervise.ts';
import { makeSuperviseWave } from './look.ts';

export const handler = entry(
  makeSupervise(
    makeSuperviseWave({
      autoScaling: new AutoScalingClient({}),
      cloudWatch: new CloudWatchClient({}),
      elb: new ElasticLoadBalancingV2Client({}),
    }),
    { stepFunctions: new SFNClient({}), nowMs: Date.now },
  ),
);
