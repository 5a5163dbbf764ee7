import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
});
afterEach(() => {
  rig.disturb = () => undefined;
});

const missing = new AwsError(
  'ValidationError',
  'You must use a valid fully-formed launch template. The specified launch template version does not exist.',
);

describe('a refresh that Auto Scaling refuses before anything moved', () => {
  /** Refuses the first so many starts of a refresh. */
  function refuse(failure: AwsError, times = Number.POSITIVE_INFINITY) {
    let refused = 0;
    rig.disturb = ({ operation, caller }) => {
      if (operation !== 'StartInstanceRefresh' || caller.kind !== 'role') return undefined;
      refused += 1;
      return refused <= times ? { fail: failure } : undefined;
    };
  }
  async function released() {
    const arn = await rig.start('release', { image: 'solo' });
    const ended = await rig.ended(arn);
    const release = rig.release(arn);
    const fleet = rig.item(`RELEASE#${release?.id}`, 'FLEET#solo');
    const version = rig.item('IMAGE#solo', `VERSION#${release?.version}`);
    return { ended, fleet: fleet?.outcome, version: version?.status };
  }

  it.each([
    ['for good', new AwsError('LimitExceeded', 'too many refreshes')],
    ['as it is not allowed', new AwsError('AccessDenied', 'a policy of the organisation', 403)],
    ['as the version never shows', missing],
  ])('%s leaves its fleet untouched and its version good', async (_, failure) => {
    const before = { images: rig.imagesOf('solo'), versions: rig.templateVersions('solo') };
    refuse(failure);
    expect(await released()).toMatchObject({
      ended: { status: 'FAILED', error: 'ReleaseFailed' },
      fleet: 'untouched',
      version: 'inspected',
    });
    expect(rig.imagesOf('solo')).toEqual(before.images);
    expect(rig.templateVersions('solo')).toEqual(before.versions);
    expect(rig.leftovers()).toEqual([]);
  });

  it('as the version does not show yet is asked for again', async () => {
    refuse(missing, 3);
    expect(await released()).toEqual({
      ended: expect.objectContaining({ status: 'SUCCEEDED' }),
      fleet: 'rolled-out',
      version: 'promoted',
    });
  });
});

describe('fleets that were sent back in vain', () => {
  const SELF = 'arn:aws:states:eu-west-1:111122223333:execution:kiln-main-release:stranding';
  async function close(id: string, stranded: readonly string[], holder = SELF) {
    const digest = rig.items().find(({ sk }) => sk === 'META') as { catalogueDigest?: string };
    const mandate = {
      image: 'api',
      releaseId: id,
      executionArn: SELF,
      generation: 7,
      catalogueDigest: digest.catalogueDigest ?? '',
    };
    await rig.put({
      pk: 'IMAGE#api',
      sk: 'CLAIM',
      executionArn: holder,
      releaseId: id,
      generation: 7,
    });
    await rig.put({
      pk: `RELEASE#${id}`,
      sk: 'META',
      id,
      image: 'api',
      direction: 'forward',
      cause: { kind: 'person', id: 'by-hand-1' },
      executionArn: SELF,
      catalogueDigest: mandate.catalogueDigest,
      startedAt: '2026-11-23T10:00:00.000Z',
      wavesOpened: 1,
      wavesSoaked: 0,
    });
    const next = { step: 'end', outcome: 'needs-a-person', reason: 'red', stranded };
    return rig.invoke('CloseRelease', { mandate, next });
  }
  const many = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const blocked = (prefix: string) =>
    rig.items().filter(({ pk, sk }) => pk.startsWith(`FLEET#${prefix}-`) && sk === 'BLOCK');

  it.each([
    ['one', 1],
    ['as many as fit in one transaction', 97],
    ['one more', 98],
    ['two hundred and fifty', 250],
  ])('are blocked with the end of the release: %s', async (_, count) => {
    const id = `stranding-${count}`;
    expect(await close(id, many(id, count))).toMatchObject({ outcome: 'needs-a-person' });
    expect(blocked(id)).toHaveLength(count);
    expect(rig.item(`FLEET#${id}-0`, 'BLOCK')).toMatchObject({
      fleet: `${id}-0`,
      releaseId: id,
      reason: expect.stringContaining('red'),
      whatToDo: expect.stringContaining(`{"fleet":"${id}-0","unblock":true`),
    });
    expect(rig.item(`RELEASE#${id}`, 'META')?.outcome).toBe('needs-a-person');
    expect(rig.item('IMAGE#api', 'CLAIM')?.executionArn).toBeUndefined();
  });

  it('keep a block that says more', async () => {
    const block = { fleet: 'kept-0', reason: 'seen', whatToDo: 'mend', releaseId: 'r' };
    const item = { pk: 'FLEET#kept-0', sk: 'BLOCK', ...block, since: '2026-11-23T10:00:00.000Z' };
    await rig.put(item);
    await close('kept', many('kept', 2));
    expect(rig.item('FLEET#kept-0', 'BLOCK')).toEqual(item);
    expect(blocked('kept')).toHaveLength(2);
  });

  it.each([1, 250])('are left to whoever holds the image by now: %d', async (count) => {
    const id = `outbid-${count}`;
    expect(await close(id, many(id, count), 'arn:another')).toMatchObject({ errorType: 'Outbid' });
    expect(blocked(id)).toEqual([]);
    expect(rig.item(`RELEASE#${id}`, 'META')?.outcome).toBeUndefined();
    await rig.put({ pk: 'IMAGE#api', sk: 'CLAIM', generation: 8 });
  });
});

describe('gates that cannot be read while a wave is soaked', () => {
  const SELF = 'arn:aws:states:eu-west-1:111122223333:execution:kiln-main-release:soaking';
  const soaking = () => rig.item('RELEASE#soaking', 'META') as { waveUnreadableSince?: string };
  const blind = () => {
    rig.disturb = ({ operation }) =>
      operation === 'DescribeAlarms'
        ? { fail: new AwsError('AccessDenied', 'no', 403) }
        : undefined;
  };
  const look = () =>
    rig.invoke('SuperviseWave', { look: { parked: rig.item(`EXECUTION#${SELF}`, 'PARKED') } });

  beforeAll(async () => {
    const meta = rig.items().find(({ sk, image }) => sk === 'META' && image === 'solo');
    const at = new Date(rig.world.nowMs()).toISOString();
    const { catalogueDigest } = meta as { catalogueDigest?: string };
    const mandate = {
      image: 'solo',
      releaseId: 'soaking',
      executionArn: SELF,
      generation: 99,
      catalogueDigest,
    };
    await rig.put({ ...meta, pk: 'RELEASE#soaking', id: 'soaking' });
    for (const field of ['outcome', 'endedAt', 'reason'] as const) {
      await rig.call('client-dynamodb', 'UpdateItem', {
        TableName: rig.table,
        Key: { pk: { S: 'RELEASE#soaking' }, sk: { S: 'META' } },
        UpdateExpression: 'REMOVE #f',
        ExpressionAttributeNames: { '#f': field },
      });
    }
    await rig.put({
      pk: 'IMAGE#solo',
      sk: 'CLAIM',
      executionArn: SELF,
      releaseId: 'soaking',
      generation: 99,
    });
    await rig.put({
      pk: `EXECUTION#${SELF}`,
      sk: 'PARKED',
      executionArn: SELF,
      token: 'not one of Step Functions',
      supervisor: 'wave',
      // A soak that has not begun: its end is far.
      input: JSON.stringify({
        mandate,
        wave: 1,
        startedAt: new Date(rig.world.nowMs() + 7_200_000).toISOString(),
      }),
      stateEnteredAt: at,
      redriveCount: 0,
      retryCount: 0,
      deadline: at,
    });
  });

  /** No time goes by in these tests: a sweep would find that nobody owns this. */
  const unreadableFor = async (seconds: number) => {
    const since = new Date(rig.world.nowMs() - seconds * 1000).toISOString();
    await rig.call('client-dynamodb', 'UpdateItem', {
      TableName: rig.table,
      Key: { pk: { S: 'RELEASE#soaking' }, sk: { S: 'META' } },
      UpdateExpression: 'SET waveUnreadableSince = :since',
      ExpressionAttributeValues: { ':since': { S: since } },
    });
    return since;
  };

  it('are noted since when, until they can be read again', async () => {
    expect(await look()).toMatchObject({ looked: 'waiting' });
    expect(soaking().waveUnreadableSince).toBeUndefined();
    blind();
    expect(await look()).toMatchObject({ looked: 'waiting' });
    expect(soaking().waveUnreadableSince).toBeDefined();
    const since = await unreadableFor(300);
    expect(await look()).toMatchObject({ looked: 'waiting' });
    expect(soaking().waveUnreadableSince).toBe(since);
    rig.disturb = () => undefined;
    expect(await look()).toMatchObject({ looked: 'waiting' });
    expect(soaking().waveUnreadableSince).toBeUndefined();
  });

  it('send the wave back when that lasts too long, though the soak is not over', async () => {
    blind();
    await unreadableFor(890);
    expect(await look()).toMatchObject({ looked: 'waiting' });
    await unreadableFor(900);
    const calls: string[] = [];
    rig.disturb = ({ operation, input }) => {
      calls.push(`${operation} ${JSON.stringify(input)}`);
      return operation === 'DescribeAlarms'
        ? { fail: new AwsError('AccessDenied', 'no', 403) }
        : undefined;
    };
    // The token is none of Step Functions'.
    await look();
    const sent = calls.find((call) => call.startsWith('SendTaskSuccess'));
    expect(sent).toContain('roll-back');
    expect(sent).toMatch(/unreadable.*>= unreadableSeconds 900/);
  });
});
