import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Output } from '../../bin/cli/command.ts';
import { parsePlan } from '../../bin/cli/storm-plan-file.ts';
import { Progress } from '../../bin/cli/storm-progress.ts';
import { leftShown, reportShown, Tally } from '../../bin/cli/storm-report.ts';
import { tellSmallest } from '../../bin/cli/storm-smallest.ts';
import { upgraded } from '../../bin/cli/storm-upgrade.ts';
import { ExitCode } from '../../bin/cli/user-mistake.ts';
import type { StormPlan } from '../../simulator/storm/plan.ts';
import { nightOf, stageNamed } from '../storm/laboratory.ts';
import { kiln } from './running.ts';

const NONE = { faults: {}, outcomes: {}, seconds: 0, left: { seconds: 90, boundSeconds: 6_000 } };
const fresh = (): { text: string; out: Output } => {
  const written = { text: '', out: { write: (text: string) => (written.text += text) } };
  return written;
};

describe('kiln storm', () => {
  it('--json prints one object with the fields of its contract, and nothing else', async () => {
    const { code, out, err } = await kiln('storm', '--runs', '3', '--seed', '7', '--json');
    expect(code).toBe(ExitCode.asExpected);
    expect(out.trimEnd()).not.toContain('\n');
    const report = JSON.parse(out);
    expect(Object.keys(report)).toEqual(['runs', 'seconds', 'broken', 'faults', 'outcomes']);
    expect(report).toMatchObject({ runs: 3, broken: [] });
    expect(err).toContain('Seed 7.');
    expect(err).toMatch(/3 of 3 runs, [\d.]+ a second, 0 s left, 0 broken/);
  });

  it('the same seeds give the same nights, whichever process plays them', async () => {
    const run = async (...more: readonly string[]) => {
      const { out } = await kiln('storm', '--runs', '4', '--seed', '40', '--json', ...more);
      const { seconds: _seconds, ...rest } = JSON.parse(out);
      return rest;
    };
    expect(await run('--jobs', '2')).toEqual(await run());
  });

  it('--fresh makes one and the same seed of one text, and another of another', async () => {
    const seedOf = async (text: string) => {
      const { err } = await kiln('storm', '--runs', '1', '--faults', 'none', '--fresh', text);
      return /^Seed (\d+)\./m.exec(err)?.[1];
    };
    const first = await seedOf('a commit');
    expect(first).toMatch(/^\d{1,9}$/);
    expect(await seedOf('a commit')).toBe(first);
    expect(await seedOf('the next one')).not.toBe(first);
  });

  it('--faults chooses what may go wrong', async () => {
    const { out } = await kiln('storm', '--runs', '4', '--seed', '1', '--json', '--faults', 'none');
    const { faults } = JSON.parse(out);
    const wishes = Object.keys(faults).filter((name) => !name.startsWith('person: '));
    expect(wishes).toEqual([]);
    expect(faults['person: release']).toBeGreaterThan(3);
    expect(faults['person: stop']).toBeUndefined();
  });

  it('--replay plays one plan and tells it line by line', async () => {
    const file = 'test/storm/nights/nothing-left-to-launch.json';
    const { plan } = JSON.parse(readFileSync(file, 'utf8'));
    const { out, code } = await replayed(plan);
    expect(code).toBe(ExitCode.asExpected);
    expect(out).toContain('a person: deregister-image');
    expect(out).toContain('Page a person');
    expect(out).toContain('Every promise was kept.');
  });

  it.each([
    [['--runs', '0'], '--runs: expected 1 or more'],
    [['--runs', 'many'], '--runs: expected a whole number'],
    [['--jobs', '0'], '--jobs: expected 1 to 256'],
    [['--faults', 'lost-event'], 'there is no fault lost-event; did you mean lost-events?'],
    [['--replay', 'nowhere.json'], 'there is no plan nowhere.json'],
    [['--trace', 'x'], '--trace goes with --replay'],
    [['--catalogue', 'nowhere.yaml'], 'there is no catalogue nowhere.yaml'],
    [['--fresh', 'x', '--seed', '7'], '--fresh says the seed: leave --seed out'],
    [['--hail'], 'there is no option --hail'],
  ])('%j is a mistake: exit code 2, and what is meant', async (args, says) => {
    const { code, err, out } = await kiln('storm', ...args);
    expect({ code, out }).toEqual({ code: ExitCode.mistake, out: '' });
    expect(err).toContain(says);
  });

  it('--help names every fault', async () => {
    const { out, code } = await kiln('storm', '--help');
    expect(code).toBe(0);
    expect(out).toContain('lost-answers');
    expect(out).toContain('deregister-image');
  });
});

async function replayed(plan: StormPlan) {
  const file = `dist/storms/test-${process.pid}.json`;
  const { writePlan } = await import('../../bin/cli/storm-plan-file.ts');
  writePlan(file, plan);
  try {
    return await kiln('storm', '--replay', file);
  } finally {
    rmSync(file);
  }
}

it('a broken promise is told with its smallest night and the command that replays it', async () => {
  const plan: StormPlan = {
    ...nightOf(99_999_999, { deeds: ['stop', 'resize'], faults: ['lost-answers', 'throttling'] }),
  };
  const breaks = (one: StormPlan) => one.deeds.some(({ kind }) => kind === 'stop');
  const breach = { invariant: '7 nothing is left behind', message: 'a lock is left' };
  const night = (one: StormPlan) => ({ ...NONE, breaches: breaks(one) ? [breach] : [] });
  const tally = new Tally();
  tally.add(plan.seed, night(plan));
  const [out, err] = [fresh(), fresh()];
  await tellSmallest({
    ...{ plan, tally, grounds: [], json: false, out: out.out, err: err.out },
    given: { faults: 'stop,lost-answers', catalogue: undefined },
    crew: { size: 1, play: (one) => Promise.resolve(night(one)), end: () => undefined },
  });
  expect(out.text).toContain('Seed 99999999 broke: 7 nothing is left behind\n  a lock is left');
  expect(out.text).toContain('a person: stop');
  expect(out.text).not.toContain('a person: resize');
  expect(out.text).not.toContain('fault ');
  expect(out.text).toContain('storm --faults stop,lost-answers --runs 1 --seed 99999999');
  const file = /--replay (\S+)/.exec(out.text)?.[1] ?? '';
  expect(existsSync(file)).toBe(true);
  expect(parsePlan(readFileSync(file, 'utf8'), file).deeds).toHaveLength(1);
  rmSync(file);
});

it('nights are added up', () => {
  const tally = new Tally();
  tally.add(2, { ...NONE, breaches: [], faults: { throttling: 2 }, outcomes: { promoted: 1 } });
  tally.add(1, {
    ...NONE,
    breaches: [{ invariant: '1 one', message: 'two' }],
    faults: { throttling: 1 },
    outcomes: { promoted: 1, failed: 1 },
  });
  const report = tally.report(4);
  expect(report).toEqual({
    runs: 2,
    seconds: 4,
    broken: [{ seed: 1, invariant: '1 one', message: 'two' }],
    faults: { throttling: 3 },
    outcomes: { failed: 1, promoted: 2 },
  });
  expect(leftShown(tally.left)).toContain('longer than 2 min; the bound is 100 min');
  expect(reportShown(report)).toContain('2 runs in 4 s (0.5 a second): 1 broke a promise');
});

it('progress says how far, how fast, and how long it takes', () => {
  let nowMs = 0;
  const { out } = fresh();
  const written = fresh();
  const progress = new Progress({ ...out, write: written.out.write }, 10, () => nowMs);
  nowMs = 1_000;
  progress.step(1, 0);
  expect(written.text).toBe('');
  nowMs = 20_000;
  progress.step(5, 1);
  expect(written.text).toBe('5 of 10 runs, 0.3 a second, 20 s left, 1 broken\n');
});

it('an upgrade changes every definition and every function, and nothing else', async () => {
  const { stacks } = await stageNamed('solo');
  const changed = upgraded(stacks, 1_000).flatMap(({ template }, index) =>
    Object.entries(template.Resources).flatMap(([id, resource]) =>
      JSON.stringify(resource) === JSON.stringify(stacks[index]?.template.Resources[id])
        ? []
        : [resource.Type],
    ),
  );
  expect(new Set(changed)).toEqual(
    new Set(['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine']),
  );
  expect(changed.filter((type) => type.endsWith('StateMachine'))).toHaveLength(3);
});
