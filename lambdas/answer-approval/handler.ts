import { kmsClient } from '../adapters/clients/kms.ts';
import { lambdaClient } from '../adapters/clients/lambda.ts';
import { environment } from '../adapters/entry.ts';
import { lookSoon } from '../adapters/look-soon.ts';
import { makeAnswerApproval } from './answer.ts';

const lambda = lambdaClient();

// Without `entry`, which logs the event of a call that failed: the address in it is the link.
export const handler = makeAnswerApproval({
  kms: kmsClient(),
  wake: (executionArn) =>
    lookSoon(
      lambda,
      {
        rollout: environment('SUPERVISE_ROLLOUT_FUNCTION'),
        wave: environment('SUPERVISE_WAVE_FUNCTION'),
      },
      executionArn,
    ),
  nowMs: Date.now,
});
