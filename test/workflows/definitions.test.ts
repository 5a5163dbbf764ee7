import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { substitutionNames } from '../../lib/workflow.ts';
import { evaluate } from '../../simulator/states/jsonata.ts';
import { aCatalogue, aFleet, aKiln, everyGate, resourcesOf } from '../constructs/builders.ts';
import { spelledErrorNames } from './check/error-names.ts';
import { FUNCTIONS } from './check/expression-problems.ts';
import { outlineOf } from './check/outline.ts';
import { problemsOf } from './check/problems.ts';
import { machines, releaseWithLinks, rolloutWithLinks } from './reviewed.ts';

const all = Object.entries(machines);
const source = (name: string) =>
  readFileSync(new URL(`../../lib/workflows/${name}.ts`, import.meta.url), 'utf8');

describe.each(all)('%s', (name, { definition, reviewed }) => {
  it('has no fault that the static check knows', () => {
    expect(problemsOf(definition, reviewed)).toEqual([]);
  });

  it('leads where the reviewed outline says', async () => {
    await expect(outlineOf(definition)).toMatchFileSnapshot(`outlines/${name}.txt`);
  });

  it('is far below the 1 MB that a definition may have', () => {
    // As deployed; an ARN in place of a name adds 100 bytes or so.
    expect(Buffer.byteLength(JSON.stringify(definition, undefined, 2))).toBeLessThan(100_000);
  });

  it('tells every way out at the head of its file', () => {
    const [, header = ''] = /\/\*\*([\s\S]*?)\*\//.exec(source(name)) ?? [];
    const told = header.replace(/\s*\n \*\s*/g, ' ');
    const ends = Object.entries(definition.States).filter(([, { Type }]) =>
      ['Succeed', 'Fail'].includes(Type),
    );
    expect(ends.map(([end]) => end).filter((end) => !told.includes(end))).toEqual([]);
  });

  it('takes the names of errors from the table', () => {
    expect(spelledErrorNames(source(name))).toEqual([]);
  });
});

describe.each([
  ['rollout', rolloutWithLinks, 'Supervise the rollout'],
  ['release', releaseWithLinks, 'Soak the wave'],
] as const)('%s, where people get a link to answer by', (name, linked, next) => {
  const { definition, reviewed } = linked;

  it('has no fault that the static check knows', () => {
    expect(problemsOf(definition, reviewed)).toEqual([]);
  });

  it('differs in who tells people, and in what happens when that fails', () => {
    const without = new Set(outlineOf(machines[name].definition).split('\n'));
    const lines = outlineOf(definition).split('\n');
    expect(lines.filter((line) => !without.has(line))).toEqual([
      'Ask for approval ✗ States.ALL ► Ask for approval without a link',
      `Ask for approval without a link ► ${next}`,
      `Ask for approval without a link ✗ States.ALL ► ${next}`,
    ]);
  });
});

describe('links to answer by', () => {
  const asking = { 'web-prod': aFleet('web-prod', { gates: everyGate }) };
  const wave = { name: 'all', fleets: ['web-prod'] };
  const askingWaves = [{ ...wave, gates: [{ approval: {} }] }];
  /** Which machines are deployed as with links, and as without. */
  const deployedWith = (parts: Parameters<typeof aCatalogue>[0]) => {
    const made = Object.values(
      resourcesOf(
        aKiln({ catalogue: aCatalogue(parts) }).template(),
        'AWS::StepFunctions::StateMachine',
      ),
    );
    const linked = { rollout: rolloutWithLinks, release: releaseWithLinks } as const;
    return (['rollout', 'release'] as const).filter((name) => {
      const text = made.find(
        ({ Properties }) => Properties['StateMachineName'] === `kiln-main-${name}`,
      )?.Properties['DefinitionString'];
      const isLinked = text === JSON.stringify(linked[name].definition, undefined, 2);
      if (!isLinked) expect(text).toBe(JSON.stringify(machines[name].definition, undefined, 2));
      return isLinked;
    });
  };

  it.each([
    ['fleets alone', { fleets: asking, approvalLinks: true }, ['rollout']],
    ['waves alone', { waves: askingWaves, approvalLinks: true }, ['release']],
    [
      'fleets and waves',
      { fleets: asking, waves: askingWaves, approvalLinks: true },
      ['rollout', 'release'],
    ],
    ['nothing where the catalogue does not say so', { fleets: asking, waves: askingWaves }, []],
  ])('are for who is asked about %s', (_, parts, names) => {
    expect(deployedWith(parts)).toEqual(names);
  });
});

describe('what is deployed', () => {
  let deployed: Record<string, { text: string; substitutions: Record<string, unknown> }>;
  beforeAll(() => {
    const made = resourcesOf(Template.fromStack(aKiln().stack), 'AWS::StepFunctions::StateMachine');
    deployed = Object.fromEntries(
      Object.values(made).map(({ Properties }) => {
        const { StateMachineName, DefinitionString, DefinitionSubstitutions } = Properties;
        const name = String(StateMachineName).split('-').at(-1)!;
        return [name, { text: DefinitionString, substitutions: DefinitionSubstitutions }];
      }),
    );
  });

  it.each(all)('of %s is its definition, every name of it substituted', (name, { definition }) => {
    const { text, substitutions } = deployed[name]!;
    expect(text).toBe(JSON.stringify(definition, undefined, 2));
    expect(Object.keys(substitutions).sort()).toEqual([...substitutionNames(text)].sort());
    const known = new RegExp(`\\$\\{(${Object.keys(substitutions).join('|')})\\}`, 'g');
    expect(text.replace(known, '')).not.toContain('${');
  });

  it('is those three machines', () => {
    expect(Object.keys(deployed).sort()).toEqual(Object.keys(machines).sort());
  });
});

it('the functions that expressions may call are those of the engine', () => {
  const types = [...FUNCTIONS].map((name) => {
    const chance = { nowMs: 0, random: () => 0 };
    return evaluate(`$type($${name})`, {}, chance, 'Output');
  });
  expect(new Set(types)).toEqual(new Set(['function']));
});

it('the errors of what the machines share come from the table', () => {
  expect(spelledErrorNames(source('tasks'))).toEqual([]);
  expect(spelledErrorNames("ErrorEquals: ['Busy'], error: 'Outbid', Error: 'RolledBack'")).toEqual([
    'Busy',
    'Outbid',
  ]);
});
