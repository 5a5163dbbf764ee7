import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import { isRefused, startOrAdopt } from '../../lambdas/adapters/refreshes.ts';
import type { RefreshRequest } from '../../lambdas/core/refresh-request.ts';
import { at, NEW, OLD } from '../builders.ts';

/** An error as the SDK shows it. */
const awsError = (name: string, message = '', httpStatusCode = 400, attempts = 1) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode, attempts } });

const aRefresh = (startedAtMs: number, status = 'Failed', version = NEW) => ({
  InstanceRefreshId: `started-${startedAtMs}`,
  Status: status,
  StartTime: new Date(startedAtMs),
  DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt', Version: version } },
});

/** Answers what refreshes there are, one list a read, the last one again and again; starting one fails so, if at all. */
function aClient(reads: readonly unknown[][], failure?: Error) {
  let read = 0;
  const send = async (command: object): Promise<unknown> => {
    if (command.constructor.name === 'DescribeInstanceRefreshesCommand') {
      const found = reads[Math.min(read, reads.length - 1)] ?? [];
      read += 1;
      return { InstanceRefreshes: found };
    }
    if (failure !== undefined) throw failure;
    return { InstanceRefreshId: 'new' };
  };
  return { send } as unknown as AutoScalingClient;
}

const REQUEST: RefreshRequest = {
  launchTemplate: { id: 'lt', version: NEW },
  minHealthyPercentage: 90,
  maxHealthyPercentage: 110,
  instanceWarmupSeconds: 60,
  autoRollback: false,
  alarms: [],
};
const start = (client: AutoScalingClient, askedBeforeMs?: number) =>
  startOrAdopt(client, 'web', REQUEST, askedBeforeMs).catch((error: unknown) => error);

describe('what was started by a request whose answer was lost', () => {
  it.each([
    ['in the whole second of the request', at(60), true],
    ['after it', at(61), true],
    ['before it', at(59), false],
  ])(
    'and began %s is adopted as it should, though it has ended',
    async (_, startedAtMs, adopted) => {
      const client = aClient([[aRefresh(startedAtMs)]]);
      expect(await start(client, at(60.9))).toMatchObject({ adopted });
    },
  );
  it('is not an ended one where nothing was asked for', async () => {
    expect(await start(aClient([[aRefresh(at(60))]]))).toMatchObject({ adopted: false });
  });
  it('is not one to another version', async () => {
    const client = aClient([[aRefresh(at(61), 'InProgress', OLD)]]);
    expect(await start(client, at(60))).toMatchObject({ adopted: false });
  });
});

describe('a refusal', () => {
  it.each([
    'You must use a valid fully-formed launch template. Version 7 of the launch template does not exist.',
    'The specified launch template version does not exist',
    'Could not find the launch template version 7 for the launch template ID lt-1',
    'Invalid launch template version: 7',
    'The launch template version 7 could not be found',
    "Launch Template version '7' doesn't exist",
  ])('for a version that Auto Scaling does not see yet is tried again: %s', async (message) => {
    for (const name of ['ValidationError', 'InvalidLaunchTemplateVersion.NotFound']) {
      const error = await start(aClient([[]], awsError(name, message)));
      expect(error).toMatchObject({ name: 'Transient' });
      expect(isRefused(error)).toBe(true);
    }
  });
  it.each([
    awsError('ValidationError', 'MaxHealthyPercentage must be within 100 of MinHealthyPercentage'),
    awsError('LimitExceeded'),
    awsError('AccessDenied', 'not authorized to use launch template', 403),
  ])('for anything else is told as it is: %s', async (failure) => {
    const error = await start(aClient([[]], failure));
    expect(error).toBe(failure);
    expect(isRefused(error)).toBe(true);
  });
  it('while another refresh is active is tried again', async () => {
    const other = [aRefresh(at(50), 'InProgress', OLD)];
    const error = await start(aClient([other], awsError('InstanceRefreshInProgress')));
    expect(error).toMatchObject({ name: 'Busy' });
    expect(isRefused(error)).toBe(true);
  });
  it('is none when a refresh to the version is under way by then', async () => {
    const client = aClient([[], [aRefresh(at(61), 'Pending')]], awsError('ValidationError', 'no'));
    expect(await start(client)).toMatchObject({ adopted: true });
  });
});

it.each([
  ['throttled', awsError('Throttling', '', 400)],
  ['of status 429', awsError('Whatever', '', 429)],
  ['a fault of AWS', awsError('InternalFailure', '', 500)],
  ['a second try, whose first may have been heard', awsError('ValidationError', 'no', 400, 2)],
  ['no answer', new Error('socket hang up')],
])('what is %s is no certain refusal', async (_, failure) => {
  const error = await start(aClient([[]], failure));
  expect(error).toBe(failure);
  expect(isRefused(error)).toBe(false);
});
