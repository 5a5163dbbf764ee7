import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { optionsShown, parseOptions, wholeNumber } from '../../bin/cli/arguments.ts';
import { readCatalogue } from '../../bin/cli/catalogue-file.ts';
import { UserMistake } from '../../bin/cli/user-mistake.ts';
import { readWorldFile } from '../../bin/cli/world-file.ts';
import { scenarios } from '../../simulator/scenarios/all.ts';
import { kiln } from './running.ts';

const specs = {
  seed: { value: 'N', says: 'a number' },
  scenario: { value: 'NAME', repeatable: true, says: 'what to play' },
  json: { says: 'machine readable' },
} as const;

test('options have values, lists or switches; what is not given is absent, empty or off', () => {
  expect(parseOptions([], specs)).toEqual({ seed: undefined, scenario: [], json: false });
  expect(parseOptions(['--scenario', 'a', '--json', '--seed=7', '--scenario', 'b'], specs)).toEqual(
    { seed: '7', scenario: ['a', 'b'], json: true },
  );
});

test.each([
  [['--sede', '1'], 'there is no option --sede; did you mean --seed?'],
  [['--xyz'], 'there is no option --xyz; there is --seed, --scenario, --json'],
  [['--seed'], "Option '--seed <value>' argument missing"],
  [['stray'], "Unexpected argument 'stray'."],
])('%j is refused with help', (args, message) => {
  expect(() => parseOptions(args, specs)).toThrow(UserMistake);
  expect(() => parseOptions(args, specs)).toThrow(message);
});

test('a seed is a whole number', () => {
  expect(wholeNumber('seed', '42')).toBe(42);
  for (const text of ['', '-1', '1.5', 'x', '1e3', '99999999999999999999']) {
    expect(() => wholeNumber('seed', text)).toThrow('--seed: expected a whole number, 0 or more');
  }
});

test('help aligns what options say', () => {
  expect(optionsShown(specs).split('\n')[0]).toBe('  --seed N         a number');
});

describe('kiln', () => {
  test('lists every scenario with one line', async () => {
    const { code, out } = await kiln('rehearse', '--list');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(scenarios.map(({ name }) => name));
    expect(lines.filter((line) => !/^[a-z-]+ {2,}[A-Z].*\.$/.test(line))).toEqual([]);
  });

  test.each([
    'good-image',
    'unpinned-group',
    'by-hand',
    'duplicate-and-lost-events',
    'slow-bake',
    'sick-canary',
    'sick-after-completion',
    'second-wave-fails',
    'instances-never-healthy',
    'back-by-hand',
    'stopped-mid-canary',
    'bake-fails',
    'inspect-blocks',
    'cannot-roll-back',
    // More of Auto Scaling.
    'foreign-refresh',
    'mixed-instances',
    'warm-pool',
    'standby-and-protected',
    'scale-out-during-refresh',
    'scale-in-during-refresh',
    'small-group',
    'slow-lifecycle-hook',
    'hook-abandons',
  ])('has the scenario %s, once', (name) => {
    expect(scenarios.filter((scenario) => scenario.name === name)).toHaveLength(1);
  });

  test('explains itself with --help', async () => {
    expect((await kiln('--help')).out).toContain('rehearse');
    const { code, out } = await kiln('rehearse', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--scenario NAME');
  });

  test.each([
    [[], 'which command? There is rehearse'],
    [['rehaerse'], 'there is no command rehaerse; did you mean rehearse?'],
    [['rehearse', '--scenario', 'sick-canry'], 'did you mean sick-canary?'],
    [['rehearse', '--seed', 'many'], '--seed: expected a whole number'],
    [['rehearse', '--catalogue', 'nowhere.yaml'], 'there is no catalogue nowhere.yaml'],
    [['rehearse', '--world', 'nowhere.yaml'], 'there is no world file nowhere.yaml'],
    [['rehearse', '--trace', '/no/such/directory/t.jsonl'], '--trace: ENOENT'],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, out, err } = await kiln(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('a world file', () => {
  const catalogue = readCatalogue('examples/web/kiln.yaml');
  const directory = mkdtempSync(join(tmpdir(), 'kiln-world-'));
  const read = (text: string) => {
    const file = join(directory, 'world.yaml');
    writeFileSync(file, text);
    return readWorldFile(file, catalogue);
  };

  test('says how groups differ, in YAML or JSON', () => {
    const expected = { 'web-prod': { instances: 20, max: 30, imageId: 'ami-0123456789abcdef0' } };
    const group = { instances: 20, max: 30, image: 'ami-0123456789abcdef0' };
    expect(read(JSON.stringify({ groups: { 'web-prod': group } }))).toEqual(expected);
    expect(
      read('groups:\n  web-prod: { instances: 20, max: 30, image: ami-0123456789abcdef0 }'),
    ).toEqual(expected);
    expect(read('')).toEqual({});
  });

  test.each([
    ['gruops: {}', 'Unrecognized key: "gruops"'],
    ['groups: { web-prod: { size: 3 } }', 'groups.web-prod: Unrecognized key: "size"'],
    ['groups: { web-prd: { instances: 3 } }', 'did you mean web-prod?'],
    ['groups: { web-prod: { instanceTypes: [] } }', 'instanceTypes: one instance type or more'],
    ['groups: { web-prod: { instanceTypes: [big] } }', 'an instance type such as m7g.large'],
    ['groups: { web-prod: { instances: 0 } }', 'groups.web-prod.instances: 1 or more'],
    ['groups: { web-prod: { min: 5, max: 3 } }', 'groups.web-prod.min: at most max'],
    ['groups: { web-prod: { instances: 9, max: 3 } }', 'instances: from min to max'],
    ['groups: { web-prod: { launchTemplateVersion: 3 } }', 'launchTemplateVersion'],
    ['groups: { web-prod: { image: ubuntu } }', 'an AMI id such as'],
    ['groups: [', 'world.yaml'],
  ])('%s is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(UserMistake);
  });
});
