import { spanShown } from '../../simulator/transcript/short-names.ts';
import type { ActResult, History } from './history.ts';
import type { FleetReport, ReleaseReport } from './report.ts';
import { type Colour, type Paint, wrapped } from './style.ts';

/** Columns before what a row tells. */
const INDENT = 12;

/** What became of each release, for people. */
export function summary(
  histories: readonly History[],
  { seed, paint, width }: { seed: number; paint: Paint; width: number },
): string {
  const breaches = histories.flatMap((history) => history.breaches);
  const acts = histories.flatMap((history) => history.acts);
  const invariants =
    breaches.length === 0
      ? paint('green', 'All invariants held.')
      : [
          paint('red', `${breaches.length} times an invariant was broken:`),
          ...breaches.map(({ invariant, message }) => `  ${invariant}: ${message}`),
        ].join('\n');
  return [...acts.map((act) => actShown(act, paint, width)), `${invariants} Seed ${seed}.`].join(
    '\n\n',
  );
}

function actShown(act: ActResult, paint: Paint, width: number): string {
  const verdict =
    act.differences.length === 0
      ? paint('green', 'ended as expected')
      : paint('red', 'did not end as expected');
  return [
    `${paint('bold', act.scenario)} ${verdict}`,
    ...act.differences.map((difference) => paint('red', `  ${difference}`)),
    ...act.releases.map(({ report }) => releaseShown(report, paint, width)),
  ].join('\n');
}

const COLOURS: Readonly<Record<string, Colour>> = {
  promoted: 'green',
  'rolled-back': 'yellow',
  failed: 'red',
  'needs-a-person': 'red',
};

function releaseShown(report: ReleaseReport, paint: Paint, width: number): string {
  const outcome = report.outcome ?? 'not ended';
  const head = `${report.image}${report.version === null ? '' : ` ${report.version}`}`;
  const rows: readonly (readonly [string, string])[] = [
    ['cause', report.cause],
    ['why', report.reason],
    ...report.fleets.map(
      (fleet, index) => [index === 0 ? 'fleets' : '', fleetShown(fleet)] as const,
    ),
    [
      'cost',
      `${report.transitions} state transitions, ${report.lambdaInvocations} function calls, ${report.awsCalls} AWS calls`,
    ],
  ];
  return [
    `  ${head}: ${paint(COLOURS[outcome] ?? 'bold', outcome)} after ${spanShown(report.seconds * 1000)}`,
    ...rows.flatMap(([label, text]) =>
      wrapped(text, width - INDENT).map(
        (line, index) => `    ${(index === 0 ? label : '').padEnd(INDENT - 5)} ${line}`,
      ),
    ),
  ].join('\n');
}

function fleetShown({ name, from, to, endedOn, outcome }: FleetReport): string {
  switch (outcome) {
    case 'rolled-out':
      return `${name}: rolled out, from ${from} to ${to}`;
    case 'rolled-back':
      return `${name}: rolled back, on ${endedOn} again`;
    case 'untouched':
      return `${name}: untouched, on ${endedOn}`;
    case 'needs-a-person':
      return `${name}: needs a person, on ${endedOn}`;
    case null:
      return `${name}: not at an end, on ${endedOn}`;
    default:
      return outcome satisfies never;
  }
}
