import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kiln, type Ran } from '../../cli/running.ts';
import { type Served, servedByStep } from './served.ts';

let served: Served;
const before = { ...process.env };

beforeAll(async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'whoever',
    AWS_SECRET_ACCESS_KEY: 'whatever',
    AWS_REGION: 'eu-west-1',
  });
  served = await servedByStep(0, 'examples/gates/approval.yaml');
});
afterAll(async () => {
  await served.close();
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  expect(served.complaints).toEqual([]);
});

/** Runs the command while two minutes go by: an answer takes seconds, and the rollout many minutes more. */
async function approve(...args: readonly string[]): Promise<Ran> {
  const command = kiln('approve', '--endpoint-url', served.url, ...args);
  let done = false;
  const end = command.finally(() => {
    done = true;
  });
  for (let steps = 0; steps < 12 && !done; steps += 1) {
    await served.step(10);
    // The command looks every half second.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return end;
}
const ann = ['--fleet', 'shop-prod', '--by', 'Ann', '--reason', 'the numbers look good'] as const;

describe('kiln approve', () => {
  it('says what is missing, and which hub there is not', async () => {
    expect(await kiln('approve', '--fleet', 'shop-prod', '--by', 'Ann')).toMatchObject({
      code: 2,
      err: 'kiln: expected --reason, came nothing\n',
    });
    expect(await approve(...ann, '--hub', 'other')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected a state machine kiln-other-rollout'),
    });
  });

  it('takes a fleet, or a wave of a release, and not half of both', async () => {
    const why = ['--by', 'Ann', '--reason', 'good'];
    for (const [args, missing] of [
      [['--release', 'shop-1', ...why], 'expected --wave, came nothing'],
      [['--wave', 'all', ...why], 'expected --release, came nothing'],
      [
        ['--fleet', 'shop-prod', '--wave', 'all', ...why],
        'expected --fleet, or --release and --wave, came both',
      ],
    ] as const) {
      expect(await kiln('approve', ...args)).toMatchObject({ code: 2, err: `kiln: ${missing}\n` });
    }
  });

  it('about a wave is refused where nobody asks', async () => {
    const about = ['--release', 'shop-1', '--wave', 'all', '--by', 'Ann', '--reason', 'good'];
    expect(await approve(...about)).toEqual({
      code: 1,
      out: '',
      err: 'there is no release shop-1\n',
    });
  });

  it('is refused where nobody asks', async () => {
    expect(await approve(...ann)).toEqual({
      code: 1,
      out: '',
      err: 'fleet shop-prod is not being rolled out\n',
    });
  });

  it('lets a rollout go on, once', async () => {
    const sfn = new SFNClient({
      endpoint: served.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'whoever', secretAccessKey: 'whatever' },
    });
    const { stateMachineArn } = served;
    await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{"image":"shop"}' }));
    await served.step(5_400);
    expect(await approve(...ann)).toEqual({
      code: 0,
      out: 'shop-prod at checkpoint 20 % approved by Ann: the numbers look good\n',
      err: '',
    });
    const bob = ['--fleet', 'shop-prod', '--by', 'Bob', '--reason', 'no', '--reject'];
    const second = await approve(...bob);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^shop-prod at checkpoint 20 % was approved by Ann at /);
  });
});
