import type { ExpectedRelease } from '../../simulator/scenarios/scenario.ts';
import type { ReleaseFacts } from './report.ts';

/** How the releases of a scenario differ from its expected ending, one sentence each; none when they are as expected. */
export function differences(
  expected: readonly ExpectedRelease[],
  found: readonly ReleaseFacts[],
): readonly string[] {
  const count =
    expected.length === found.length
      ? []
      : [`expected ${expected.length} releases, there were ${found.length}: ${outcomes(found)}`];
  const each = expected.flatMap((one, index) => {
    const facts = found[index];
    return facts === undefined ? [] : differencesOf(one, facts);
  });
  return [...count, ...each];
}

const outcomes = (found: readonly ReleaseFacts[]): string =>
  found.map(({ id, report }) => `${id} ${report.outcome ?? 'not ended'}`).join(', ') || 'none';

function differencesOf(expected: ExpectedRelease, { id, report, versionStatus }: ReleaseFacts) {
  const quarantined = versionStatus === 'quarantined';
  return [
    ...(report.outcome === expected.outcome
      ? []
      : [
          `release ${id}: expected ${expected.outcome}, came ${report.outcome ?? 'no end'}: ${report.reason}`,
        ]),
    ...report.fleets.flatMap(({ name, outcome }) =>
      outcome === expected.fleets[name]
        ? []
        : [
            `release ${id}: expected fleet ${name} ${expected.fleets[name] ?? 'not to be listed'}, came ${outcome ?? 'no end'}`,
          ],
    ),
    ...(expected.quarantined === true && !quarantined
      ? [
          `release ${id}: expected its version to be quarantined, came ${versionStatus ?? 'no version'}`,
        ]
      : []),
  ];
}
