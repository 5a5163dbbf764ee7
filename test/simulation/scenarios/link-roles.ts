import { scenarioNamed } from '../../../bin/cli/casting.ts';
import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import { findingsOf } from '../../../bin/cli/permissions/findings.ts';
import { playStory } from '../../../bin/cli/permissions/plays.ts';
import { synthesize } from '../../../bin/cli/synthesize.ts';
import { readAssembly } from '../../../simulator/template/assembly.ts';

/** What a play with links to answer by shows of the two roles that make and check them. */
export async function linkRoles(scenario: string, catalogueFile: string) {
  const catalogue = readCatalogue(catalogueFile);
  const stacks = readAssembly(await synthesize(catalogue));
  const played = await playStory(() => ({ scenario: scenarioNamed(scenario) }), {
    catalogue,
    stacks,
  });
  const roles = findingsOf([played]).filter(({ role }) => /AskPeople|AnswerApproval/.test(role));
  return {
    troubles: played.troubles,
    roles: roles.length,
    unused: roles.flatMap(({ unused }) => unused),
  };
}
