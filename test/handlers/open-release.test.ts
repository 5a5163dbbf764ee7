import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeRig, type Rig } from '../simulation/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
});
afterEach(async () => {
  await rig.quiet();
  expect(rig.leftovers()).toEqual([]);
});

/** The ledger but for the catalogue, which every function may keep. */
const ledger = () => rig.items().filter(({ pk }) => !pk.startsWith('CATALOGUE'));
const WRITES =
  /^(Start(?!Execution)|Create|Update|Put|Delete|Suspend|Resume|Cancel|Send|Publish|Stop|Transact|Terminate)/;

describe('an input that is not valid ends the execution with all that is wrong, before anything is touched', () => {
  it.each([
    [{}, /image: expected/],
    [{ image: 7 }, /image: expected a string, got 7/],
    [{ image: 'sollo' }, /image: expected .*got "sollo", did you mean "solo"/],
    [{ image: 'solo', versoin: '2026.11.23-1' }, /versoin: unknown field, did you mean "version"/],
    [{ image: 'solo', version: 'newest' }, /version: expected a version label/],
    [{ image: 'solo', version: '2026.01.01-9' }, /version: .*no version 2026.01.01-9/],
    [{ image: 'solo', rollBack: true }, /reason: expected/],
    [{ image: 'solo', rollBack: 'yes', reason: 'why' }, /rollBack: expected true, got "yes"/],
    [
      { image: 'solo', rollBack: true, version: '2026.11.23-1', reason: 'why' },
      /version: not taken/,
    ],
    [{ image: 'solo', cause: { kind: 'mood', id: 'x' } }, /cause\.kind: expected/],
    [{ fleet: 'solo', to: 'previous', reason: 'why' }, /fleet: unknown field/],
    ['solo', /input: expected an object, got "solo"/],
    [null, /input: expected an object/],
  ])('%j', async (input, problem) => {
    const before = ledger();
    const calls: string[] = [];
    rig.disturb = ({ caller, operation }) => {
      if (caller.kind === 'role') calls.push(operation);
      return undefined;
    };
    const arn = await rig.start('release', input);
    const { status, error, cause } = await rig.ended(arn);
    rig.disturb = () => undefined;
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'InvalidInput' });
    expect(cause).toMatch(problem);
    expect(cause).toMatch(/A valid example: \{"image":"solo"/);
    expect(ledger()).toEqual(before);
    // The chunks of the catalogue, the first time.
    const writes = calls.filter((operation) => WRITES.test(operation));
    expect(writes.filter((operation) => operation !== 'TransactWriteItems')).toEqual([]);
  });
});

describe('with a version that was promoted', () => {
  let first: string;
  beforeAll(async () => {
    const arn = await rig.start('release', { image: 'solo' });
    expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted' } });
    first = rig.release(arn)?.version ?? '';
  });

  it('a version by hand is inspected and rolled out without a bake', async () => {
    await rig.ended(await rig.start('release', { image: 'solo' }));
    const bakes = rig.bakes('solo').length;
    const arn = await rig.start('release', { image: 'solo', version: first });
    expect(await rig.ended(arn)).toMatchObject({ output: { outcome: 'promoted', version: first } });
    expect(rig.bakes('solo')).toHaveLength(bakes);
    expect(rig.imagesOf('solo')).toEqual(rig.bakes('solo')[0]?.amis?.map(({ image }) => image));
  });

  it('a quarantined version is refused, with what made it so', async () => {
    const arn = await rig.start('release', {
      image: 'solo',
      rollBack: true,
      reason: 'a bad feeling',
    });
    await rig.ended(arn);
    const bad = rig.release(arn)?.version;
    const { error, cause } = await rig.ended(
      await rig.start('release', { image: 'solo', version: bad }),
    );
    expect(error).toBe('InvalidInput');
    expect(cause).toMatch(/version: .*is quarantined: .*a bad feeling/);
  });
});

describe('while another release holds the image', () => {
  beforeAll(() => {
    // How it goes on does not matter here.
    rig.bakesFail(120);
  });

  it('a person who wants a certain version, or back, is told that the image is busy', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    for (const input of [
      { image: 'solo', rollBack: true, reason: 'now' },
      { image: 'solo', version: '2026.11.23-1' },
    ]) {
      const busy = await rig.start('release', input);
      await rig.until('refused', () => !rig.execution(busy).running);
      expect(rig.outcome(busy)).toMatchObject({ error: 'ImageBusy' });
      expect(rig.outcome(busy).cause).toContain(arn);
      expect(rig.release(busy)).toBeUndefined();
    }
    await rig.quiet();
    expect(rig.release(arn)?.outcome).toBe('failed');
  });

  it('causes that come meanwhile are merged into one release, and a known cause is a duplicate', async () => {
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    const [one, two] = [
      await rig.start('release', { image: 'solo', reason: 'one' }),
      await rig.start('release', { image: 'solo', reason: 'two' }),
    ];
    const before = rig.executionsOf('release').length;
    await rig.quiet();
    expect([one, two].map((each) => rig.outcome(each).output?.outcome)).toEqual([
      'merged',
      'merged',
    ]);
    const followUps = rig.executionsOf('release').slice(before);
    expect(followUps).toHaveLength(1);
    const followUp = rig.release(followUps[0]?.identity.arn ?? '');
    expect(followUp).toMatchObject({ outcome: 'failed', cause: { kind: 'merged' } });
    const { cause } = rig.release(arn) as unknown as { readonly cause: object };
    const again = await rig.start('release', { image: 'solo', cause });
    expect(await rig.ended(again)).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        outcome: 'duplicate',
        reason: expect.stringContaining(arn.split(':').at(-1) ?? ''),
      },
    });
  });

  it('two that are started at once are one release and one that is merged', async () => {
    const before = rig.executionsOf('release').length;
    const start = (name: string) =>
      rig.account.calls.callAws({
        caller: { kind: 'person', name: 'operator' },
        client: 'client-sfn',
        operation: 'StartExecution',
        input: { stateMachineArn: rig.machine('release'), name, input: '{"image":"solo"}' },
      });
    await rig.drive(Promise.all([start('at-once-1'), start('at-once-2')]));
    await rig.quiet();
    const ends = rig
      .executionsOf('release')
      .slice(before)
      .map(({ identity }) => rig.release(identity.arn)?.outcome);
    expect(ends.sort()).toEqual(['failed', 'failed', 'merged']);
  });
});

describe('an answer about a wave', () => {
  const said = { approve: true, by: 'Ann', reason: 'looks good' };

  it.each([
    [{ wave: 'first', ...said }, /release: expected/],
    [{ release: 'solo-1', ...said }, /wave: expected/],
    [{ release: 'solo-1', wave: 'first', ...said, approve: 'yes' }, /approve: expected .*"yes"/],
    [{ release: 'solo-1', wave: 'first', approve: true, reason: 'fine' }, /by: expected/],
    [{ release: 'solo-1', wave: 'first', ...said, fleet: 'solo' }, /fleet: unknown field/],
  ])('that is not valid is refused with an example: %j', async (input, problem) => {
    const { error, cause } = await rig.ended(await rig.start('release', input));
    expect(error).toBe('InvalidInput');
    expect(cause).toMatch(problem);
    expect(cause).toMatch(/A valid example: \{"release":/);
  });

  it('is not taken where nobody asks, and says why', async () => {
    const about = (release: string) => ({ release, wave: 'first', ...said });
    const stray = await rig.ended(await rig.start('release', about('solo-0')));
    expect(stray).toMatchObject({
      status: 'SUCCEEDED',
      output: { kind: 'not-taken', reason: 'there is no release solo-0' },
    });
    const arn = await rig.start('release', { image: 'solo' });
    await rig.entered('Supervise the bake');
    const name = arn.split(':').at(-1) ?? '';
    const early = await rig.start('release', about(name));
    await rig.until('answered', () => !rig.execution(early).running);
    expect(rig.outcome(early).output).toMatchObject({
      kind: 'not-taken',
      reason: `nobody has been asked about wave first of release ${name}`,
    });
  });
});
