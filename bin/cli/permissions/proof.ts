import * as z from 'zod';
import type { StatementId } from '../../../simulator/contract.ts';
import type { StackInput } from '../../../simulator/template/assembly.ts';
import { keyOf, nameOf, type Played, type PlayOptions, playStory } from './plays.ts';
import type { Story } from './story.ts';

/** One statement was taken out of the templates, and a play that had needed it was played again. */
export interface Proof {
  readonly statement: StatementId;
  readonly play: string;
  /** What went wrong first; nothing when the statement is not needed after all. */
  readonly troubles: readonly string[];
}

interface Plan {
  readonly statement: StatementId;
  readonly play: () => Story;
}

/** For every statement that some play needed the one that needs it soonest. */
export function planProofs(
  played: readonly Played[],
  plays: readonly (() => Story)[],
): readonly Plan[] {
  const byName = new Map(plays.map((play) => [nameOf(play), play]));
  const statements = played[0]?.grants.flatMap((role) => role.statements) ?? [];
  return statements.flatMap(({ role, policy, index }) => {
    const statement = { role, policy, index };
    const after = (one: Played): number =>
      one.neededAfter.get(keyOf(statement)) ?? Number.POSITIVE_INFINITY;
    const [soonest] = played.toSorted((a, b) => after(a) - after(b));
    const play = byName.get(soonest?.name ?? '');
    return soonest === undefined ||
      play === undefined ||
      after(soonest) === Number.POSITIVE_INFINITY
      ? []
      : [{ statement, play }];
  });
}

export async function prove(
  { statement, play }: Plan,
  options: Omit<PlayOptions, 'untilDenied'>,
): Promise<Proof> {
  const stacks = without(options.stacks, statement);
  const { troubles } = await playStory(play, { ...options, stacks, untilDenied: true });
  // What follows the first denial is what comes of ending the play there.
  return { statement, play: nameOf(play), troubles: troubles.slice(0, 1) };
}

const Document = z.looseObject({ Statement: z.array(z.json()) });

/**
 * The stacks without one statement of one policy.
 * @throws Error when no stack, or more than one, has such a policy
 */
export function without(
  stacks: readonly StackInput[],
  { policy, index }: StatementId,
): readonly StackInput[] {
  let found = 0;
  const changed = stacks.map((stack) => {
    const { template } = stack;
    const Resources = Object.fromEntries(
      Object.entries(template.Resources).map(([id, resource]) => {
        const { Type, Properties = {} } = resource;
        if (Type !== 'AWS::IAM::Policy' || Properties['PolicyName'] !== policy) {
          return [id, resource];
        }
        found += 1;
        const document = Document.parse(Properties['PolicyDocument']);
        const PolicyDocument = { ...document, Statement: document.Statement.toSpliced(index, 1) };
        return [id, { ...resource, Properties: { ...Properties, PolicyDocument } }];
      }),
    );
    return { ...stack, template: { ...template, Resources } };
  });
  if (found !== 1)
    throw new Error(`expected one policy ${policy} in the templates, found ${found}`);
  return changed;
}
