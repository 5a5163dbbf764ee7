import { describe, expect, it } from 'vitest';
import { cast, scenarioNamed } from '../../../bin/cli/casting.ts';
import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import { findingsOf } from '../../../bin/cli/permissions/findings.ts';
import { playStory } from '../../../bin/cli/permissions/plays.ts';
import { synthesize } from '../../../bin/cli/synthesize.ts';
import { gatedScenarios } from '../../../simulator/scenarios/all.ts';
import { readAssembly } from '../../../simulator/template/assembly.ts';
import { linkRoles } from './link-roles.ts';
import { inOrder, playScenario, troubles } from './playing.ts';

/** A gate of every kind. */
const catalogueFile = 'examples/gates/kiln.yaml';
const every = (patterns: readonly RegExp[]) => patterns.map((one) => expect.stringMatching(one));

describe('a fleet with a gate of every kind', () => {
  it('takes a good image', async () => {
    const played = await playScenario('good-image', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /decides resume: .* green: .* canary: 2 new against 4 old .* 3 of 3 metrics pass.*probe GET https:\/\/shop.example.com\/health: 2 of 3 must pass and did, slowest \d+ ms; probe GET :8080\/health: 2 of 2 new instances answered, 2 of 3 must pass and did, slowest \d+ ms; function shop-test-orders: 2 new instances take orders/,
      /decides complete: soaked for 2\d min .* 5\d\d\d requests >= 5000; .* function shop-test-orders: 6 new instances take orders/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  });

  it('gate-function-refuses: its red ends the rollout at once', async () => {
    const played = await playScenario('gate-function-refuses', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain(
      'red: function shop-test-orders: 3 of 20 test orders were lost',
    );
    expect(played.transcript).not.toContainEqual(expect.stringMatching(/decides resume/));
  });

  it.each([
    ['gate-function-throws', 'failed: Error: the test shop is closed'],
    ['gate-function-hangs', 'failed: no answer within 20 s'],
  ])('%s: no answer is no verdict, and past its limit the fleet goes back', async (name, why) => {
    const played = await playScenario(name, { catalogueFile });
    expect(troubles(played)).toEqual([]);
    const { reason } = played.releases[0] ?? {};
    expect(reason).toMatch(/gates unreadable for 15 min .* >= unreadableSeconds 900/);
    expect(reason).toContain(why);
  });

  it.each([
    [
      'probe-red',
      /red: probe GET :8080\/health: 2 of 2 instances fail: i-[0-9a-f]+ \(0 passed, 2 failed, last: status 500 is not 200\), .* \(2 of 3 must pass\)/,
    ],
    [
      'probe-hangs',
      /red: probe GET :8080\/health: 2 of 2 instances fail: i-[0-9a-f]+ \(0 passed, 2 failed, last: no answer within 4000 ms\), .* \(2 of 3 must pass\)/,
    ],
  ])(
    '%s: what an instance does with a request is evidence, and leads back at once',
    async (name, why) => {
      const played = await playScenario(name, { catalogueFile });
      expect(troubles(played)).toEqual([]);
      expect(played.releases[0]?.reason).toMatch(why);
      expect(played.transcript).not.toContainEqual(expect.stringMatching(/decides resume/));
    },
  );

  it('probe-red: what each instance did is kept with the verdict', async () => {
    const played = await playScenario('probe-red', { catalogueFile });
    const kept = played.trace
      .flatMap((line) => (line.kind === 'call' && line.service === 'client-dynamodb' ? [line] : []))
      .map(({ input }) => JSON.stringify(input))
      .filter((input) => input.includes('VERDICT#shop-prod'));
    expect(kept.at(-1)).toContain('inService');
    expect(kept.at(-1)?.replaceAll('\\', '')).toMatch(
      /"target":"i-[0-9a-f]+","passed":0,"failed":2,"notMade":0,"slowestMs":\d+,"reason":"status 500 is not 200"/,
    );
  });

  it('probe-unmade: a request that was not made is no verdict, and past its limit the fleet goes back', async () => {
    const played = await playScenario('probe-unmade', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    const { reason } = played.releases[0] ?? {};
    expect(reason).toMatch(/gates unreadable for 15 min .* >= unreadableSeconds 900/);
    expect(reason).toContain('shop.example.com could not be resolved (EAI_AGAIN)');
  });

  it('quiet-soak: at its bound without evidence a version is not called good', async () => {
    const played = await playScenario('quiet-soak', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toMatch(
      /soaked for 1 h \(soakSeconds 900\), \d+ requests of 5000 at its bound of 1 h/,
    );
  });

  it('each of these scenarios says why a catalogue without the gate cannot play it', () => {
    const plain = readCatalogue('examples/web/kiln.yaml');
    for (const { name } of gatedScenarios) {
      expect(() => cast(scenarioNamed(name), plain)).toThrow(/(?:fleet|wave) of image web has/);
    }
  });
});

describe('fleets that are judged by requests alone', () => {
  const probes = { catalogueFile: 'examples/gates/probes.yaml' };

  it('are taken forward, and asked in the soak of their wave too', async () => {
    const played = await playScenario('good-image', probes);
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /^Rollout api-green: decides resume: .* probe POST https:\/\/green.internal.example.com\/orders: 2 of 3 must pass and did/,
      /^Release api.*: decides complete: wave both soaked for 1\d min .* fleet api-blue is green: probe GET https:\/\/blue.example.com\/health: .* fleet api-green is green: .* probe GET :8443\/health: 5 of 6 new instances answered/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  });

  it('go back when one of them answers wrongly', async () => {
    const played = await playScenario('probe-red', probes);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain('status 500 is not 200');
  });
});

describe('what a role may do for its gates is needed', () => {
  async function unusedBy(file: string, role: string): Promise<readonly string[]> {
    const catalogue = readCatalogue(file);
    const stacks = readAssembly(await synthesize(catalogue));
    const story = () => ({ scenario: scenarioNamed('good-image') });
    const played = await playStory(story, { catalogue, stacks });
    expect(played.troubles).toEqual([]);
    const found = findingsOf([played]).filter((one) => one.role.includes(role));
    expect(found).not.toEqual([]);
    return found.flatMap(({ unused }) => unused.map(({ action }) => action));
  }

  it.each([
    [catalogueFile, 'SuperviseRollout'],
    ['examples/gates/probes.yaml', 'SuperviseWave'],
  ])('by those who judge: of %s, metrics and functions by %s', async (file, role) => {
    const unused = await unusedBy(file, role);
    expect(unused).not.toContain('cloudwatch:GetMetricData');
    expect(unused).not.toContain('lambda:InvokeFunction');
  });

  it('by what makes the requests of probes: all of it', async () => {
    expect(await unusedBy('examples/gates/probes.yaml', 'Probes')).toEqual([]);
  });
});

describe('a person who is asked', () => {
  const approval = { catalogueFile: 'examples/gates/approval.yaml' };
  const byLink = { catalogueFile: 'examples/gates/approval-link.yaml' };

  it('approval-given: the first answer holds, and the second hears of it', async () => {
    const played = await playScenario('approval-given', approval);
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /^Rollout shop-prod: decides ask: held at checkpoint 20 % .* a person is asked/,
      /^notification: Kiln: shop-prod asks for approval/,
      /^Rollout shop-prod: ends: Answered \(shop-prod at checkpoint 20 % approved by Ann: the numbers look good\)/,
      /^Rollout shop-prod: decides resume: .* approved by Ann at 2026-/,
      /^Rollout shop-prod: ends: Rolled out/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
    expect(played.transcript).toContainEqual(
      expect.stringMatching(
        /ends: Untouched \(shop-prod at checkpoint 20 % was approved by Ann at /,
      ),
    );
  });

  it('the answer has the rollout looked at, not only its safety net', async () => {
    const played = await playScenario('approval-refused', approval);
    const calls = played.trace.flatMap((line) => (line.kind === 'call' ? [line] : []));
    const woken = calls.filter(
      ({ operation, caller }) => operation === 'Invoke' && caller.includes('SurveyFleet'),
    );
    expect(woken).toHaveLength(1);
    expect(JSON.stringify(woken[0]?.input)).toContain('"InvocationType":"Event"');
    const turned = played.trace.find(
      (line) => line.kind === 'state' && line.phase === 'entered' && line.state === 'Turn back',
    );
    const seconds = (Date.parse(turned?.at ?? '') - Date.parse(woken[0]?.at ?? '')) / 1000;
    expect(seconds).toBeLessThan(30);
  });

  it('approval-refused: no means back', async () => {
    const played = await playScenario('approval-refused', approval);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain('rejected by Ann');
  });

  it('approval-expired: nobody’s answer means back, when the question expires and not before', async () => {
    const played = await playScenario('approval-expired', approval);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain('held at checkpoint 20 % for 8 h 15 min');
  });

  it('approval-by-link: who only opens the link decides nothing, and the second answer hears of the first', async () => {
    const played = await playScenario('approval-by-link', byLink);
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /^notification: Kiln: shop-prod asks for approval/,
      /^world: a mail scanner opens the link: 200/,
      /^world: Ann opens the link: 200/,
      /^world: Ann sends the form .*: 200/,
      /^world: Bob sends the form .*: 409/,
      /^Rollout shop-prod: decides resume: .* approved by Ann \(by link, name not verified\) at 2026-/,
      /^Rollout shop-prod: ends: Rolled out/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  });

  it('the link is in the notification, and in nothing else that happens', async () => {
    const played = await playScenario('approval-by-link', byLink);
    const told = played.trace.flatMap((line) =>
      line.kind === 'call' && line.operation === 'Publish' ? [JSON.stringify(line.input)] : [],
    );
    const [, carried = '', mac = ''] =
      told.map((text) => /\?t=([\w-]+)\.([\w-]+)/.exec(text)).find((found) => found) ?? [];
    expect(mac).toHaveLength(43);
    const others = played.trace.filter(
      (line) => line.kind !== 'call' || line.operation !== 'Publish',
    );
    expect(JSON.stringify(others)).not.toContain(carried);
    expect(JSON.stringify(others)).not.toContain(mac);
  });

  it('by link has the rollout looked at at once', async () => {
    const { trace } = await playScenario('approval-by-link', byLink);
    const woken = trace.filter(
      (line) =>
        line.kind === 'call' &&
        line.operation === 'Invoke' &&
        line.caller.includes('AnswerApproval'),
    );
    expect(woken).toHaveLength(1);
    const resumed = trace.find(
      (line) =>
        line.kind === 'state' && line.phase === 'entered' && line.state === 'Resume the fleet',
    );
    const seconds = (Date.parse(resumed?.at ?? '') - Date.parse(woken[0]?.at ?? '')) / 1000;
    expect(seconds).toBeLessThan(10);
  });

  it('by link needs all that its two roles may do', async () => {
    expect(await linkRoles('approval-by-link', byLink.catalogueFile)).toEqual({
      troubles: [],
      roles: 2,
      unused: [],
    });
  });

  it('gets no link where the catalogue does not say so', async () => {
    const { catalogueFile } = approval;
    expect(() => cast(scenarioNamed('approval-by-link'), readCatalogue(catalogueFile))).toThrow(
      'the catalogue does not say approvalLinks: true',
    );
    const { trace } = await playScenario('approval-given', approval);
    const told = trace.filter((line) => line.kind === 'call' && line.operation === 'Publish');
    expect(JSON.stringify(told)).toContain('asks for approval');
    expect(JSON.stringify(told)).not.toContain('lambda-url');
  });

  it('is not offered by the catalogue with every other gate', () => {
    const other = readCatalogue(catalogueFile);
    expect(() => cast(scenarioNamed('approval-given'), other)).toThrow(
      'no fleet of image shop has an approval gate',
    );
  });
});
