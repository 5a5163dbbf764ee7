import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cast, scenarioNamed } from '../../../bin/cli/casting.ts';
import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import { findingsOf } from '../../../bin/cli/permissions/findings.ts';
import { playStory } from '../../../bin/cli/permissions/plays.ts';
import { synthesize } from '../../../bin/cli/synthesize.ts';
import { sickAfterCompletion } from '../../../simulator/scenarios/rolled-back.ts';
import { readAssembly } from '../../../simulator/template/assembly.ts';
import { linkRoles } from './link-roles.ts';
import { fleetOutcomes, inOrder, type Played, playScenario, troubles } from './playing.ts';

/** Gates of waves, and people who are asked between them. */
const EXAMPLE = 'examples/gates/waves.yaml';
const waves = { catalogueFile: EXAMPLE };
const every = (patterns: readonly RegExp[]) => patterns.map((one) => expect.stringMatching(one));

/** The example with other words in it. */
function changed(...changes: readonly (readonly [string, string])[]): string {
  const text = changes.reduce(
    (all, [from, to]) => {
      expect(all).toContain(from);
      return all.replace(from, to);
    },
    readFileSync(EXAMPLE, 'utf8'),
  );
  const file = join(mkdtempSync(join(tmpdir(), 'kiln-waves-')), 'kiln.yaml');
  writeFileSync(file, text);
  return file;
}

/** The items that were put under such a key, as they were written last. */
const written = (played: Played, key: string): string =>
  JSON.stringify(
    played.trace.filter(
      (line) =>
        line.kind === 'call' &&
        (line.operation === 'PutItem' || line.operation === 'UpdateItem') &&
        JSON.stringify(line.input).includes(key),
    ),
  );

describe('a person who is asked after the soak of a wave', () => {
  it('wave-approval-given: the next wave begins after the yes, and a second answer hears of it', async () => {
    const played = await playScenario('wave-approval-given', waves);
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /^Release shop: decides ask: wave staging soaked for 30 min .* function shop-test-orders: 6 new instances take orders; a person is asked/,
      /^notification: Kiln: wave staging of shop asks for approval/,
      /ends: Answered \(wave staging approved by Ann: staging looks good\)/,
      /^Release shop: decides complete: .* wave staging approved by Ann at 2026-/,
      /^Rollout shop-eu: begins/,
      /ends: Not taken \(wave staging was approved by Ann at /,
      /^notification: Kiln: wave europe of shop asks for approval/,
      /^Rollout shop-us: begins/,
      /^Release shop: ends: Promoted/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
    expect(written(played, 'APPROVAL#wave/staging')).toMatch(/Ann.*staging looks good/);
    const verdict = written(played, 'VERDICT#wave/staging');
    expect(verdict).toMatch(/complete.*function.*approval|approval.*function.*complete/);
    expect(verdict).toContain('6 new instances take orders');
  });

  it('wave-approval-refused: no brings everything back at once, not with the next look', async () => {
    const played = await playScenario('wave-approval-refused', waves);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain('wave staging rejected by Ann');
    const heard = played.trace.find(
      (line) => line.kind === 'state' && line.phase === 'entered' && line.state === 'Answered',
    );
    const back = played.trace.find(
      (line) =>
        line.kind === 'state' && line.phase === 'entered' && line.state === 'Give the wave up',
    );
    const seconds = (Date.parse(back?.at ?? '') - Date.parse(heard?.at ?? '')) / 1000;
    expect(seconds).toBeLessThan(30);
    expect(written(played, 'VERDICT#wave/staging')).toContain('roll-back');
  });

  it('wave-approval-expired: nobody’s answer brings everything back, after a week and not before', async () => {
    const played = await playScenario('wave-approval-expired', waves);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toContain('wave staging soaked for 7 d ');
    expect(played.releases[0]?.reason).toContain('nobody had answered by');
  });

  it('wave-approval-held: nobody’s answer keeps what is proven, with a version that stays good', async () => {
    const played = await playScenario('wave-approval-held', waves);
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.reason).toMatch(
      /^waves staging, europe keep version 2026\.11\.23-1, wave america does not run it; to go on, start Release with \{"image":"shop","version":"2026\.11\.23-1"\}: .*nobody had answered by/,
    );
    expect(written(played, 'VERDICT#wave/europe')).toContain('keep-proven');
  });

  it('after which a later release of the same image takes all waves with it', async () => {
    const played = await playScenario(['wave-approval-held', 'wave-approval-given'], waves);
    expect(troubles(played)).toEqual([]);
    const [, later] = played.releases;
    expect(later?.outcome).toBe('promoted');
    expect(new Set(Object.values(fleetOutcomes(later)))).toEqual(new Set(['rolled-out']));
  });
});

describe('a person who answers about a wave by the link in the notification', () => {
  const catalogueFile = changed(['images:\n', 'approvalLinks: true\n\nimages:\n']);

  it('wave-approval-by-link: has the next wave begin, and a second one hears of it', async () => {
    const played = await playScenario('wave-approval-by-link', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    const keyLines = [
      /^notification: Kiln: wave staging of shop asks for approval/,
      /^world: Ann opens the link: 200/,
      /^world: Ann sends the form .*: 200/,
      /^world: Bob sends the form .*: 409/,
      /^Release shop: decides complete: .* wave staging approved by Ann \(by link, name not verified\) at 2026-/,
      /^Rollout shop-eu: begins/,
      /^notification: Kiln: wave europe of shop asks for approval/,
      /^Rollout shop-us: begins/,
      /^Release shop: ends: Promoted/,
    ];
    expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
    const macs = played.trace.flatMap((line) => {
      const isTold = line.kind === 'call' && line.operation === 'Publish';
      return isTold ? (/\?t=[\w-]+\.([\w-]+)/.exec(JSON.stringify(line.input))?.[1] ?? []) : [];
    });
    expect(macs.map((mac) => mac.length)).toEqual([43, 43]);
    const others = JSON.stringify(
      played.trace.filter((line) => line.kind !== 'call' || line.operation !== 'Publish'),
    );
    for (const mac of macs) expect(others).not.toContain(mac);
  });

  it('needs all that the two roles of links may do, and no more of them', async () => {
    expect(await linkRoles('wave-approval-by-link', catalogueFile)).toEqual({
      troubles: [],
      roles: 2,
      unused: [],
    });
  });

  it('gets no link where the catalogue does not say so', () => {
    expect(() => cast(scenarioNamed('wave-approval-by-link'), readCatalogue(EXAMPLE))).toThrow(
      'the catalogue does not say approvalLinks: true',
    );
  });
});

describe('at a checkpoint of a fleet that holds on to what is proven', () => {
  const catalogueFile = changed(
    ['soak: 1h\n', 'soak: 0s\n'],
    [
      '    gates:\n      # Without an answer within two days Europe and staging keep what is proven there, and America is not begun.\n      - approval: { expires: 2d, onExpiry: hold }\n',
      '',
    ],
    ['      - approval: { expires: 7d }\n', ''],
    [
      '      - alarms: [shop-eu-5xx]\n',
      '      - alarms: [shop-eu-5xx]\n      - approval: { expires: 4h, onExpiry: hold }\n',
    ],
  );

  it('the fleet goes back when nobody answers, and the wave before it stays', async () => {
    const played = await playScenario('approval-expired', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    const [release] = played.releases;
    expect(release?.outcome).toBe('needs-a-person');
    expect(release?.reason).toMatch(
      /^wave staging keeps version 2026\.11\.23-1, waves europe, america do not run it/,
    );
    expect(fleetOutcomes(release)).toEqual({
      'shop-staging': 'rolled-out',
      'shop-eu': 'rolled-back',
      'shop-us': 'untouched',
    });
  });

  it('a no brings back everything, as ever', async () => {
    const played = await playScenario('approval-refused', { catalogueFile });
    expect(troubles(played)).toEqual([]);
    expect(played.releases[0]?.outcome).toBe('rolled-back');
  });
});

describe('what only a gate of the wave sees', () => {
  const catalogueFile = changed(
    ['alarms: [shop-staging-5xx]', 'instanceHealth: { min: 100 }'],
    ['    soak: 10m\n', '    soak: 1m\n'],
  );

  it('brings the release back in the soak of the wave, woken by its alarm', async () => {
    const catalogue = readCatalogue(catalogueFile);
    const stacks = readAssembly(await synthesize(catalogue));
    const { misfit: _, ...scenario } = sickAfterCompletion;
    const played = await playStory(() => ({ scenario }), { catalogue, stacks });
    expect(played.troubles).toEqual([]);
  });
});

it('wave-probe-red: what only the name of a wave shows brings the release back at once, and is kept', async () => {
  const played = await playScenario('wave-probe-red', waves);
  expect(troubles(played)).toEqual([]);
  const { reason } = played.releases[0] ?? {};
  expect(reason).toMatch(
    /wave staging soaked for 0 s .*wave staging is red: probe GET https:\/\/staging.shop.example.com\/checkout: 0 passed, 2 failed, last: status 500 is not 200 \(2 of 3 must pass\)/,
  );
  const verdict = written(played, 'VERDICT#wave/staging').replaceAll('\\', '');
  expect(verdict).toContain('roll-back');
  expect(verdict).toMatch(
    /"inService":\d+,"targets":\[\{"target":"https:[^"]*","passed":0,"failed":2/,
  );
});

it('what roles may do for gates of waves is needed: the one function, and the looks that answers ask for', async () => {
  const catalogue = readCatalogue(EXAMPLE);
  const stacks = readAssembly(await synthesize(catalogue));
  const played = await playStory(() => ({ scenario: scenarioNamed('wave-approval-refused') }), {
    catalogue,
    stacks,
  });
  expect(played.troubles).toEqual([]);
  for (const role of ['SuperviseWave', 'OpenRelease']) {
    const found = findingsOf([played]).find((one) => one.role.includes(role));
    const actions = found?.unused.map(({ action }) => action) ?? ['no such role'];
    expect(actions).not.toContain('lambda:InvokeFunction');
  }
});
