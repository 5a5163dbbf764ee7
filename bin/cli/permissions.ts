import { readAssembly } from '../../simulator/template/assembly.ts';
import { optionsShown, parseOptions } from './arguments.ts';
import { readCatalogue } from './catalogue-file.ts';
import type { Command } from './command.ts';
import { findingsOf } from './permissions/findings.ts';
import { type Played, type PlayOptions, playStory, plays } from './permissions/plays.ts';
import { type Proof, planProofs, prove } from './permissions/proof.ts';
import { asJson, asText, isGood, type Report } from './permissions/report.ts';
import { synthesize } from './synthesize.ts';
import { ExitCode } from './user-mistake.ts';

/** Every scenario applies to it, and its roles have every right that Kiln knows of. */
const CATALOGUE = 'examples/web/kiln.yaml';

const OPTIONS = {
  prove: { says: 'also take away each statement in turn and see a play fail without it' },
  json: { says: 'one JSON object on stdout and nothing else' },
  help: { says: 'this text' },
} as const;

const HELP = `Usage: npm run -s permissions [-- options]

Plays every scenario, and stories of what goes wrong beneath them, against the policies of ${CATALOGUE} as they would be
deployed. Shows by role the grants that nothing needed, and every wildcard that AWS does not force, with its reason. Exits with
0 when nothing is granted in vain, every wildcard has a reason and every play ended as expected, else with 1.

${optionsShown(OPTIONS)}`;

/** `npm run permissions`: whether roles may do what they need, and nothing else. */
export const permissions: Command = {
  says: 'show what roles may do and never need',
  run: async (args, { out, err }) => {
    const options = parseOptions(args, OPTIONS);
    if (options.help) {
      out.write(`${HELP}\n`);
      return ExitCode.asExpected;
    }
    const catalogue = readCatalogue(CATALOGUE);
    const stacks = readAssembly(await synthesize(catalogue));
    const report = await reportOf({ catalogue, stacks }, options.prove);
    out.write(options.json ? `${JSON.stringify(asJson(report))}\n` : asText(report));
    for (const trouble of report.troubles) err.write(`${trouble}\n`);
    return isGood(report) ? ExitCode.asExpected : ExitCode.notAsExpected;
  },
};

async function reportOf(options: PlayOptions, proves: boolean): Promise<Report> {
  const played: Played[] = [];
  for (const play of plays) played.push(await playStory(play, options));
  const proofs: Proof[] = [];
  if (proves) for (const plan of planProofs(played, plays)) proofs.push(await prove(plan, options));
  return {
    findings: findingsOf(played),
    statements: (played[0]?.grants ?? []).flatMap(({ statements }) => statements).length,
    plays: played.length,
    troubles: played.flatMap(({ name, troubles }) => troubles.map((one) => `${name}: ${one}`)),
    proofs: proves ? proofs : undefined,
  };
}
