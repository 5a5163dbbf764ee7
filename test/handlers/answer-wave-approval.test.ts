import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../simulator/contract.ts';
import { makeRig, type Rig } from '../simulation/rig.ts';
import { askingWaveCatalogue } from '../simulation/rig-catalogue.ts';

/** What somebody sees and does who opens the link to a question about a wave. */

let rig: Rig;
let release: string;
let link: string;
/** Messages of notifications, oldest first. */
const told: Readonly<Record<string, string>>[] = [];

const listen = (): void => {
  rig.disturb = ({ operation, input }) => {
    if (operation !== 'Publish') return undefined;
    told.push(JSON.parse((input as { readonly Message: string }).Message));
    return undefined;
  };
};

/** Until somebody is asked about the first wave. */
async function ask(): Promise<void> {
  listen();
  told.length = 0;
  release = await rig.start('release', { image: 'web' });
  await rig.until('people are asked', () => told.some((message) => 'link' in message));
  link = told.find((message) => 'link' in message)?.['link'] ?? '';
}

const name = () => release.split(':').at(-1) ?? '';
const question = () => rig.item(`RELEASE#${name()}`, 'APPROVAL#wave/first');
const look = () => rig.drive(rig.account.functionUrls.request({ method: 'GET', url: link }));
const token = () => new URL(link).searchParams.get('t') ?? '';
const send = (decision: string, who: string) => {
  const { origin } = new URL(link);
  const fields = { t: token(), decision, name: who, reason: 'I have looked' };
  return rig.account.functionUrls.request({
    ...{ method: 'POST', url: `${origin}/?` },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
};
const answer = (decision: string, who: string) => rig.drive(send(decision, who));
const atTheConsole = async (approve: boolean) => {
  const arn = await rig.start('release', {
    ...{ release: name(), wave: 'first', approve, by: 'Eve', reason: 'from the console' },
  });
  await rig.until('answered', () => !rig.execution(arn).running, 1);
  return rig.outcome(arn).output;
};
const outcome = async () => {
  await rig.ended(release);
  return rig.release(release)?.outcome;
};
/** When the question expires. */
const expiresMs = () =>
  Number(JSON.parse(Buffer.from(token().split('.')[0] ?? '', 'base64url').toString()).until);

afterEach(async () => {
  listen();
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

describe('a wave that brings all back when nobody answers', () => {
  beforeAll(async () => {
    rig = await makeRig({
      catalogue: askingWaveCatalogue('roll-back'),
      fleets: ['web-a', 'web-b'],
    });
  });

  it('is shown with image and version, what its gates saw, and what follows', async () => {
    await ask();
    expect(told.at(-1)).toMatchObject({ image: 'web', wave: 'first', releaseId: name() });
    const { status, body } = await look();
    expect(status).toBe(200);
    for (const said of [
      'A release waits for a person. Opening this page has decided nothing.',
      '<h1>wave first</h1>',
      '<dt>Image</dt><dd>web</dd>',
      `<dt>Version</dt><dd>${told.at(-1)?.['version']}</dd>`,
      '<dt>Wave</dt><dd>first</dd>',
      'fleet web-a is green',
      '<dt>If nobody answers</dt><dd>the release goes back</dd>',
      '<form',
    ]) {
      expect(body).toContain(said);
    }
    expect(body).not.toContain('<dt>Fleet</dt>');
    expect(question()?.decision).toBeUndefined();
    await answer('reject', 'Ann');
    expect(await outcome()).toBe('rolled-back');
  });

  it('goes on within seconds after a yes, and a second answer is told who was first', async () => {
    await ask();
    // Between two looks, so that it is the answer that has it looked at.
    await rig.minutes(5);
    expect((await answer('approve', 'Ann')).body).toContain(
      'wave first was approved by Ann (by link, name not verified)',
    );
    const answeredMs = rig.world.nowMs();
    await rig.entered('Choose the next step');
    expect(rig.world.nowMs() - answeredMs).toBeLessThan(10_000);
    const first = question();
    const second = await answer('reject', 'Bob');
    expect([second.status, second.body]).toEqual([
      409,
      expect.stringMatching(
        /wave first was approved by Ann \(by link, name not verified\) at 2026-/,
      ),
    ]);
    expect((await atTheConsole(false))?.['reason']).toContain(
      'wave first was approved by Ann (by link, name not verified)',
    );
    expect(question()).toEqual(first);
    expect(await outcome()).toBe('promoted');
  });

  it('that was answered at the console says so by link', async () => {
    await ask();
    expect(await atTheConsole(false)).toMatchObject({ kind: 'answered' });
    expect(await answer('approve', 'Ann')).toMatchObject({
      ...{ status: 409, body: expect.stringContaining('wave first was rejected by Eve at ') },
    });
    expect(await outcome()).toBe('rolled-back');
  });

  it('is told that it expired, and afterwards that the release goes back and why', async () => {
    await ask();
    await rig.world.run({ untilMs: expiresMs() - 1_000 });
    rig.disturb = ({ operation }) =>
      operation === 'VerifyMac' ? { holdAnswerMs: 1_100 } : undefined;
    expect(await answer('approve', 'Ann')).toMatchObject({
      status: 409,
      body: expect.stringMatching(
        /Nobody had answered when this question expired at 2026-[\dT:-]+Z: the release goes back\./,
      ),
    });
    listen();
    await rig.entered('Send the fleets back');
    const goesBack =
      /Nobody waits for this answer any more: the release is on its way back already: .*wave first: asked at .*, nobody had answered by 2026-/;
    expect(await answer('approve', 'Ann')).toMatchObject({
      ...{ status: 409, body: expect.stringMatching(goesBack) },
    });
    expect(await outcome()).toBe('rolled-back');
    expect((await look()).body).toMatch(
      /the release has ended rolled-back: .*nobody had answered by 2026-/,
    );
    expect(question()?.decision).toBeUndefined();
  });

  it('whose release is stopped waits for nobody', async () => {
    await ask();
    await rig.stop(release);
    await rig.until('it is taken over', () => rig.release(release)?.wayBackReason !== undefined);
    expect(await answer('approve', 'Ann')).toMatchObject({
      status: 409,
      body: expect.stringMatching(/the release (?:is on its way back already|has ended)/),
    });
    expect(question()?.decision).toBeUndefined();
  });

  it('is asked about without a link when none can be made, and answered at the console', async () => {
    told.length = 0;
    listen();
    const hear = rig.disturb;
    rig.disturb = (call) =>
      call.operation === 'GenerateMac'
        ? { fail: new AwsError('KMSInternalException', 'no', 500) }
        : hear(call);
    release = await rig.start('release', { image: 'web' });
    await rig.entered('Ask for approval without a link');
    await rig.until('people are asked', () => told.length > 0);
    expect(told[0]).toMatchObject({
      ...{ wave: 'first', howToAnswer: expect.stringContaining('(kiln-main-release)') },
    });
    expect(told[0]).not.toHaveProperty('link');
    await atTheConsole(true);
    expect(await outcome()).toBe('promoted');
  });
});

describe('a wave that holds on to what is proven when nobody answers', () => {
  beforeAll(async () => {
    rig = await makeRig({ catalogue: askingWaveCatalogue('hold'), fleets: ['web-a', 'web-b'] });
  });

  it('says so, before and after', async () => {
    await ask();
    const otherwise = 'the waves so far keep the new version and the release ends';
    expect((await look()).body).toContain(`<dt>If nobody answers</dt><dd>${otherwise}</dd>`);
    expect(await outcome()).toBe('needs-a-person');
    const { status, body } = await answer('approve', 'Ann');
    expect(status).toBe(409);
    expect(body).toMatch(
      /Nobody waits for this answer any more: the release has ended needs-a-person: wave first soaked for .*nobody had answered by 2026-/,
    );
    expect(question()?.decision).toBeUndefined();
  });
});
