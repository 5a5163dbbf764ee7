import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import type { TraceLine } from '../../simulator/index.ts';
import { kiln } from './running.ts';

const directory = mkdtempSync(join(tmpdir(), 'kiln-rehearse-'));
const path = (name: string) => join(directory, name);
const oneWave = `
images:
  web:
    base: { ami: ami-0123456789abcdef0 }
    components: ["arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x"]
    instanceTypes: [t4g.medium]
    inspection: { scan: "off" }
fleets:
  web-only:
    image: web
    autoScalingGroup: web-only
    launchTemplate: lt-0123456789abcdef0
    instanceRole: web-instance
    checkpoints: [{ percent: 25, hold: 10m }, { percent: 100 }]
    gates:
      - alarms: [web-only-errors]
      - instanceHealth: { min: 100 }
    soak: 10m
    warmup: 2m
waves:
  - { name: all, fleets: [web-only] }
`;

beforeAll(() => writeFileSync(path('one-wave.yaml'), oneWave));

test('--json prints one object and nothing else, and the same seed gives the same bytes', async () => {
  const runs = [];
  for (const name of ['a', 'b']) {
    const trace = path(`${name}.jsonl`);
    const args = ['--scenario', 'bake-fails', '--seed', '9', '--json', '--trace', trace];
    const ran = await kiln('rehearse', ...args);
    runs.push({ ...ran, trace: readFileSync(trace, 'utf8') });
  }
  const [one, other] = runs;
  expect(one?.code).toBe(0);
  expect(one?.err).toBe('');
  expect(one?.out.trimEnd().includes('\n')).toBe(false);
  const report = JSON.parse(one?.out ?? '');
  expect(Object.keys(report)).toEqual(['seed', 'releases', 'invariantsBroken']);
  expect(report).toMatchObject({ seed: 9, invariantsBroken: [] });
  expect(report.releases).toHaveLength(1);
  expect(Object.keys(report.releases[0]).sort()).toEqual(
    [
      'image',
      'version',
      'cause',
      'outcome',
      'reason',
      'seconds',
      'fleets',
      'transitions',
      'lambdaInvocations',
      'awsCalls',
    ].sort(),
  );
  expect(report.releases[0]).toMatchObject({ outcome: 'failed', version: '2026.11.23-1' });
  expect(Object.keys(report.releases[0].fleets[0])).toEqual([
    'name',
    'from',
    'to',
    'endedOn',
    'outcome',
  ]);
  expect(report.releases[0].transitions).toBeGreaterThan(5);
  expect(report.releases[0].lambdaInvocations).toBeGreaterThan(5);
  expect(report.releases[0].awsCalls).toBeGreaterThan(report.releases[0].lambdaInvocations);
  expect(other?.out).toBe(one?.out);
  expect(other?.trace).toBe(one?.trace);
});

test('another seed gives another history', async () => {
  const trace = path('c.jsonl');
  const args = ['--scenario', 'bake-fails', '--seed', '10', '--json', '--trace', trace];
  await kiln('rehearse', ...args);
  expect(readFileSync(trace, 'utf8')).not.toBe(readFileSync(path('a.jsonl'), 'utf8'));
});

test('--trace has every call with its caller, every event, every state entered and left', () => {
  const lines = readFileSync(path('a.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceLine);
  expect(lines.every(({ at }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at))).toBe(true);
  const calls = lines.filter((line) => line.kind === 'call');
  expect(calls.length).toBeGreaterThan(50);
  for (const call of calls) {
    expect(call).toMatchObject({ caller: expect.any(String), input: expect.anything() });
    expect(call.service).toMatch(/^client-[a-z0-9-]+$/);
    expect(call.operation).toMatch(/^[A-Z]\w+$/);
    expect('output' in call || 'error' in call).toBe(true);
  }
  const bake = calls.find(({ operation }) => operation === 'StartImagePipelineExecution');
  expect(bake?.role).toContain('StartBake');
  expect(bake?.output).toMatchObject({ imageBuildVersionArn: expect.any(String) });
  const states = lines.filter((line) => line.kind === 'state');
  const count = (phase: string) => states.filter((one) => one.phase === phase).length;
  // The state that fails an execution is never left.
  expect(count('exited')).toBe(count('entered') - 1);
  expect(lines.some((line) => line.kind === 'event' && line.delivered.length > 0)).toBe(true);
});

test('plain lines tell the seed first, then the transcript, then how it ended', async () => {
  const { code, out } = await kiln('rehearse', '--scenario', 'bake-fails', '--fast');
  expect(code).toBe(0);
  expect(out).toMatch(/^Seed 1\./);
  expect(out).not.toContain('\u001b');
  expect(out).toContain('  Release web: Supervise the bake\n');
  expect(out).toContain('bake-fails ended as expected');
  expect(out).toMatch(/cost +\d+ state transitions, \d+ function calls, \d+ AWS calls/);
  expect(out.trimEnd()).toMatch(/All invariants held\. Seed 1\.$/);
});

test('without --scenario two releases are played in one world: one good, one sick', async () => {
  const { code, out } = await kiln('rehearse', '--json');
  expect(code).toBe(0);
  const { releases } = JSON.parse(out);
  expect(releases).toMatchObject([
    { version: '2026.11.23-1', outcome: 'promoted' },
    { version: '2026.11.23-2', outcome: 'rolled-back' },
  ]);
  expect(releases[1].fleets[0]).toMatchObject({ from: '2026.11.23-1', endedOn: '2026.11.23-1' });
});

test('a catalogue of one wave, with a fixed base image and larger groups, is rehearsed as well', async () => {
  writeFileSync(path('world.yaml'), 'groups: { web-only: { instances: 12, min: 4, max: 30 } }');
  const files = ['--catalogue', path('one-wave.yaml'), '--world', path('world.yaml')];
  const scenarios = ['--scenario', 'good-image', '--scenario', 'sick-canary'];
  const { code, out, err } = await kiln('rehearse', ...files, ...scenarios, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out).releases).toMatchObject([
    { outcome: 'promoted', cause: 'a person', fleets: [{ name: 'web-only' }] },
    { outcome: 'rolled-back' },
  ]);
});

test.each([
  ['second-wave-fails', 'is rolled out in one wave'],
  ['inspect-blocks', 'lets any number of findings pass'],
])('%s does not apply to a catalogue that has no room for it: 2, and why', async (name, why) => {
  const args = ['--catalogue', path('one-wave.yaml'), '--scenario', name];
  const { code, out, err } = await kiln('rehearse', ...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`scenario ${name} does not apply to this catalogue`);
  expect(err).toContain(why);
});

test('a catalogue with mistakes exits with 2 and all of them', async () => {
  writeFileSync(path('bad.yaml'), oneWave.replace('fleets: [web-only]', 'fleets: [web-onyl]'));
  const { code, err } = await kiln('rehearse', '--catalogue', path('bad.yaml'));
  expect(code).toBe(2);
  expect(err).toContain('web-onyl');
});

test('the process exits with the code of the command', async () => {
  const run = promisify(execFile);
  const args = ['tsx', 'bin/kiln.ts', 'rehearse', '--scenario', 'nothing'];
  await expect(run('npx', args)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('kiln: there is no scenario nothing'),
  });
});
