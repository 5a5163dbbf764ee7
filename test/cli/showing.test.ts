import { expect, test } from 'vitest';
import { differences } from '../../bin/cli/expectations.ts';
import type { Frame } from '../../bin/cli/film.ts';
import type { History } from '../../bin/cli/history.ts';
import { project } from '../../bin/cli/projector.ts';
import { asTold, type ReleaseFacts, type ReleaseReport } from '../../bin/cli/report.ts';
import { screen } from '../../bin/cli/screen.ts';
import { coloured, paintFor, plain, shortened, wrapped } from '../../bin/cli/style.ts';
import { summary } from '../../bin/cli/summary.ts';

const atMs = Date.UTC(2026, 10, 23, 11, 22);
const frame: Frame = {
  atMs,
  scenario: 'sick-canary',
  release: 'web 2026.11.23-2 under way',
  waits: [
    {
      who: 'web-prod',
      state: 'Supervise the rollout',
      awaiting:
        'the hold ends at 2026-11-23T11:32:05Z; at 2026-11-23T11:32:05Z at the latest it is judged',
      deadlineMs: atMs + 5 * 60_000,
    },
  ],
  fleets: [
    {
      name: 'web-prod',
      instances: ['old', 'new', 'unhealthy', 'old', 'starting', 'old'],
      gates: [{ name: 'web-prod-5xx', state: 'ALARM', reading: 'ErrorPercent 13.4 of 5' }],
    },
  ],
  said: [],
};
const said = [{ atMs, who: 'Rollout web-prod', what: 'Turn back', tone: 'plain' as const }];
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[a-zA-Z]`, 'g');

test('a frame shows clock, bar, gates, and what is awaited until when', () => {
  const text = screen(frame, said, { width: 100, paint: plain, seed: 7 }).join('\n');
  expect(text).toContain('2026-11-23 11:22:00 UTC  sick-canary  seed 7');
  expect(text).toContain('web-prod       █▒×░░░ 1 new, 1 starting, 1 unhealthy, 3 old');
  expect(text).toContain('  gate web-prod-5xx: ALARM ErrorPercent 13.4 of 5');
  expect(text).toContain('web-prod: Supervise the rollout (looks again within 5 min)');
  expect(text).toContain('  awaits: the hold ends at 11:32:05;');
  expect(text).toContain('11:22:00 Rollout web-prod: Turn back');
});

test.each([20, 40, 80, 160])('no line is longer than %i columns', (width) => {
  const lines = screen(frame, said, { width, paint: coloured, seed: 7 });
  for (const line of lines) expect(line.replace(escapes, '').length).toBeLessThanOrEqual(width);
});

test('a fleet of hundreds is told in numbers', () => {
  const [fleet] = frame.fleets;
  if (fleet === undefined) throw new Error('the frame has a fleet');
  const many = { ...fleet, instances: Array.from({ length: 300 }, () => 'old' as const) };
  const lines = screen({ ...frame, fleets: [many] }, [], { width: 80, paint: plain, seed: 1 });
  expect(lines).toContain('web-prod       0 new, 300 old');
});

test('every frame has as many lines, so that it takes the place of the one before', () => {
  const options = { width: 80, paint: plain, seed: 1 };
  const some = screen(frame, said, options).length;
  expect(screen(frame, [], options)).toHaveLength(some);
  expect(
    screen(frame, [...said, ...said, ...said, ...said, ...said, ...said, ...said], options),
  ).toHaveLength(some);
});

test('a film draws each frame over the one before and shows the cursor again', async () => {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const terminal = { columns: 80, rows: 24, write };
  const frames = [frame, { ...frame, atMs: atMs + 60_000 }];
  await project(frames, terminal, { paint: plain, seed: 1, filmMs: 60 });
  expect(written).toContain('11:22:00 UTC');
  expect(written).toContain('11:23:00 UTC');
  expect(written.split('\u001b[0J')).toHaveLength(2);
  expect(written.startsWith('\u001b[?25l')).toBe(true);
  expect(written.endsWith('\u001b[?25h')).toBe(true);
});

test('colour is for terminals, and NO_COLOR switches it off', () => {
  expect(paintFor({ isTTY: true }, {})('red', 'x')).toBe('\u001b[31mx\u001b[0m');
  expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(paintFor({ isTTY: true }, { NO_COLOR: '' })('red', 'x')).toBe('\u001b[31mx\u001b[0m');
  expect(paintFor({}, {})('red', 'x')).toBe('x');
});

test('text is cut with a sign, and wrapped between words', () => {
  expect(shortened('abcdef', 6)).toBe('abcdef');
  expect(shortened('abcdefg', 6)).toBe('abcde…');
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('abcdefghij k', 5)).toEqual(['abcd…', 'k']);
});

const report: ReleaseReport = {
  image: 'web',
  version: '2026.11.23-1',
  cause: 'a person',
  outcome: 'rolled-back',
  reason: 'red: 2 of 2 alarms in ALARM',
  seconds: 5400,
  fleets: [
    { name: 'prod', from: 'ami-1', to: '2026.11.23-1', endedOn: 'ami-1', outcome: 'rolled-back' },
  ],
  transitions: 31,
  lambdaInvocations: 38,
  awsCalls: 233,
};
const facts: ReleaseFacts = { id: 'web-1', report, versionStatus: 'quarantined' };

test('the summary tells outcome, why, how long, where each fleet ended and what it cost', () => {
  const act = {
    scenario: 'sick-canary',
    releases: [facts],
    startedMs: 0,
    endedMs: 0,
    differences: [],
  };
  const history: History = { acts: [act], breaches: [] };
  const text = summary([history], { seed: 3, paint: plain, width: 100 });
  expect(text).toContain('sick-canary ended as expected');
  expect(text).toContain('web 2026.11.23-1: rolled-back after 1 h 30 min');
  expect(text).toContain('why     red: 2 of 2 alarms in ALARM');
  expect(text).toContain('fleets  prod: rolled back, on ami-1 again');
  expect(text).toContain('cost    31 state transitions, 38 function calls, 233 AWS calls');
  expect(text).toContain('All invariants held. Seed 3.');
  const broken = { ...history, breaches: [{ invariant: '3 x', message: 'web fell' }] };
  expect(summary([broken], { seed: 3, paint: plain, width: 100 })).toContain('3 x: web fell');
});

const expected = {
  outcome: 'rolled-back',
  fleets: { prod: 'rolled-back' },
  quarantined: true,
} as const;

test('a release that ends as expected differs in nothing', () => {
  expect(differences([expected], [facts])).toEqual([]);
});

test.each([
  [[], 'expected 1 releases, there were 0: none'],
  [[facts, facts], 'expected 1 releases, there were 2: web-1 rolled-back, web-1 rolled-back'],
  [
    [{ ...facts, report: { ...report, outcome: 'promoted' as const } }],
    'release web-1: expected rolled-back, came promoted: red: 2 of 2 alarms in ALARM',
  ],
  [
    [
      {
        ...facts,
        report: {
          ...report,
          fleets: report.fleets.map((one) => ({ ...one, outcome: 'untouched' as const })),
        },
      },
    ],
    'release web-1: expected fleet prod rolled-back, came untouched',
  ],
  [
    [{ ...facts, report: { ...report, fleets: [] } }],
    'release web-1: expected fleet prod rolled-back, but it is not listed',
  ],
  [
    [{ ...facts, versionStatus: 'inspected' }],
    'release web-1: expected its version to be quarantined, came inspected',
  ],
])('what differs is told %#', (found, difference) => {
  expect(differences([expected], found)).toEqual([difference]);
});

test('--json gives a release that had not ended none of the good ends, and says that it had not', () => {
  const [prod] = report.fleets;
  const underWay = {
    ...report,
    outcome: null,
    fleets: [
      { ...prod!, outcome: null },
      { ...prod!, name: 'other', outcome: 'untouched' as const },
    ],
  };
  const told = asTold({ seed: 1, releases: [underWay, report], invariantsBroken: [] });
  expect(told.releases).toEqual([
    {
      ...underWay,
      outcome: 'needs-a-person',
      fleets: [
        { ...prod!, outcome: 'needs-a-person' },
        { ...prod!, name: 'other', outcome: 'untouched' },
      ],
    },
    report,
  ]);
});
