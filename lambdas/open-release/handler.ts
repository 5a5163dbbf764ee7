import { lambdaClient } from '../adapters/clients/lambda.ts';
import { ssmClient } from '../adapters/clients/ssm.ts';
import { entry, environment } from '../adapters/entry.ts';
import { lookSoon } from '../adapters/look-soon.ts';
import { makeOpenRelease } from './open.ts';

const lambda = lambdaClient();

export const handler = entry(
  makeOpenRelease({
    ssm: ssmClient(),
    wakeRelease: (executionArn) =>
      lookSoon(lambda, { wave: environment('SUPERVISE_WAVE_FUNCTION') }, executionArn),
    nowMs: Date.now,
  }),
);
