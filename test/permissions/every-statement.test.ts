import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readCatalogue } from '../../bin/cli/catalogue-file.ts';
import { findingsOf, statementsOf } from '../../bin/cli/permissions/findings.ts';
import {
  nameOf,
  type Played,
  type PlayOptions,
  playStory,
  plays,
} from '../../bin/cli/permissions/plays.ts';
import { planProofs, prove } from '../../bin/cli/permissions/proof.ts';
import { stories } from '../../bin/cli/permissions/stories.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import type { Json } from '../../simulator/contract.ts';
import { readAssembly, type StackInput } from '../../simulator/template/assembly.ts';

// A play takes a second, a proof a third of one; on a crowded machine many.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** With the stories, these need whatever any play needs; others follow as long as something is in vain. */
const first = ['bake-fails', 'warm-pool', 'unpinned-group', 'sick-canary'];
const order = [
  ...stories,
  ...first.flatMap((name) => plays.filter((play) => nameOf(play) === name)),
  ...plays.filter((play) => !stories.includes(play) && !first.includes(nameOf(play))),
];

const isInVain = (played: readonly Played[]): boolean =>
  statementsOf(played).some(
    ({ needed, actions, resources }) =>
      !needed || [...actions, ...resources].some((part) => !part.needed),
  );

describe('what the roles of the example are granted', () => {
  let options: PlayOptions;
  const played: Played[] = [];

  beforeAll(async () => {
    const catalogue = readCatalogue('examples/web/kiln.yaml');
    options = { catalogue, stacks: readAssembly(await synthesize(catalogue)) };
    for (const play of order) {
      played.push(await playStory(play, options));
      if (!isInVain(played)) break;
    }
  });

  it('is all there is to it: every play ends as expected, and nobody is denied anything', () => {
    expect(
      played.flatMap(({ name, troubles }) => troubles.map((one) => `${name}: ${one}`)),
    ).toEqual([]);
  });

  it('is needed, every action and every resource of it', () => {
    const inVain = findingsOf(played).flatMap(({ role, unused }) =>
      unused.map(({ action, resource }) => `${role}: ${action} on ${resource}`),
    );
    expect(inVain).toEqual([]);
  });

  it('has a reason in the code for every wildcard that AWS does not force', () => {
    const open = findingsOf(played).flatMap(({ role, wildcards, attached }) =>
      [...wildcards, ...attached].map((one) => ({ role, ...one })),
    );
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  it('cannot do without any one statement: with it taken out of the templates, a play fails', async () => {
    const plans = planProofs(played, order);
    expect(plans).toHaveLength(statementsOf(played).length);
    const missed: unknown[] = [];
    for (const plan of plans) {
      const { troubles, ...proof } = await prove(plan, options);
      if (troubles.length === 0) missed.push(proof);
    }
    expect(missed).toEqual([]);
  });

  it('shows a statement that nobody needs, and a wildcard that nobody explains', async () => {
    const [role] = played[0]?.grants.filter(({ statements }) => statements.length > 0) ?? [];
    const { policy, index } = role!.statements.at(-1)!;
    const needless = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
    const stacks = withStatement(options.stacks, policy, needless);
    const play = plays.find((one) => nameOf(one) === 'bake-fails')!;
    const found = findingsOf([await playStory(play, { ...options, stacks })]);
    expect(found.find((one) => one.role === role!.role)).toMatchObject({
      unused: expect.arrayContaining([{ action: 's3:GetObject', resource: '*' }]),
      wildcards: expect.arrayContaining([
        { action: 's3:GetObject', resource: '*', reason: undefined },
      ]),
    });
    const statement = { role: role!.role, policy, index: index + 1 };
    expect(await prove({ statement, play }, { ...options, stacks })).toEqual({
      ...{ statement, play: 'bake-fails', troubles: [] },
    });
  });
});

function withStatement(
  stacks: readonly StackInput[],
  policyName: string,
  statement: Json,
): readonly StackInput[] {
  const changed = structuredClone(stacks.map(({ template }) => template));
  for (const { Resources } of changed) {
    for (const { Type, Properties = {} } of Object.values(Resources)) {
      if (Type !== 'AWS::IAM::Policy' || Properties['PolicyName'] !== policyName) continue;
      (Properties['PolicyDocument'] as { Statement: Json[] }).Statement.push(statement);
    }
  }
  return stacks.map((stack, index) => ({ ...stack, template: changed[index]! }));
}
