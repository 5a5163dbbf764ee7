import type { ExpectedRelease } from '../../simulator/scenarios/scenario.ts';
import type { ReleaseFacts, ReleaseReport } from './report.ts';

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
    ...fleetNames(expected, report).flatMap((name) => {
      const wanted = expected.fleets[name];
      const found = report.fleets.find((fleet) => fleet.name === name);
      if (found === undefined) {
        return [`release ${id}: expected fleet ${name} ${wanted}, but it is not listed`];
      }
      if (found.outcome === wanted) return [];
      return [
        `release ${id}: expected fleet ${name} ${wanted ?? 'not to be listed'}, came ${found.outcome ?? 'no end'}`,
      ];
    }),
    ...(expected.quarantined === true && !quarantined
      ? [
          `release ${id}: expected its version to be quarantined, came ${versionStatus ?? 'no version'}`,
        ]
      : []),
    ...(expected.quarantined === false && quarantined
      ? [`release ${id}: expected its version to stay good, came ${versionStatus}`]
      : []),
  ];
}

const fleetNames = (expected: ExpectedRelease, report: ReleaseReport): readonly string[] => [
  ...new Set([...Object.keys(expected.fleets), ...report.fleets.map(({ name }) => name)]),
];
