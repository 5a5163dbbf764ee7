import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJudgeInput } from '../../bin/cli/judge-input.ts';
import { UserMistake } from '../../bin/cli/user-mistake.ts';
import { page, root } from '../docs/pages.ts';
import { kiln } from './running.ts';

const file = join(mkdtempSync(join(tmpdir(), 'kiln-judge-')), 'metrics.json');
const judged = async (input: unknown, ...options: readonly string[]) => {
  writeFileSync(file, typeof input === 'string' ? input : JSON.stringify(input));
  return kiln('judge', file, ...options);
};

const STEADY = [10, 11, 12, 13, 14, 15, 16, 17];
const RAISED = STEADY.map((value) => value + 100);
const aMetric = (changed: object = {}) => ({
  ...{ name: 'latency', baseline: STEADY, canary: STEADY, direction: 'increase' },
  ...changed,
});
const anInput = (changed: object = {}) => ({
  ...{ metrics: [aMetric()], pass: 95, marginal: 75, confidence: 0.98, minimumSamples: 5 },
  ...changed,
});

describe('kiln judge', () => {
  it('--json prints one object with the fields of its contract, and nothing else', async () => {
    const metrics = [
      aMetric({ group: 'a' }),
      aMetric({ name: 'silent', canary: [null], group: 'b' }),
    ];
    const { code, out, err } = await judged(anInput({ metrics, groups: { a: 3, b: 1 } }), '--json');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out.trimEnd()).not.toContain('\n');
    const answer = JSON.parse(out);
    expect(Object.keys(answer)).toEqual(['metrics', 'groups', 'score', 'verdict']);
    expect(answer).toMatchObject({ score: 75, verdict: 'inconclusive' });
    expect(answer.metrics[0]).toEqual({
      ...{ name: 'latency', classification: 'pass', critical: false, u: 32, pValue: 1 },
      ...{ interval: [-4, 4], shift: 0, effectSize: 1 },
      reason:
        "shift 0, 98 % interval -4 to 4 not wholly beyond tolerance 0 (0 % of the baseline's median 13.5); 8 samples against 8, p 1",
    });
    expect(answer.metrics[1]).toEqual({
      ...{ name: 'silent', classification: 'no-data', critical: false, u: null, pValue: null },
      ...{ interval: null, shift: null, effectSize: null },
      reason: 'no value in 1 period of the canary',
    });
    expect(answer.groups).toEqual({
      a: { score: 100, weight: 3, metrics: 1, passed: 1, noData: 0 },
      b: { score: 0, weight: 1, metrics: 1, passed: 0, noData: 1 },
    });
  });

  it.each([
    ['green', 0, { canary: STEADY }],
    ['red', 1, { canary: RAISED }],
    ['inconclusive', 1, { canary: [] }],
  ])('exits by its verdict: %s', async (verdict, expected, changed) => {
    const { code, out } = await judged(anInput({ metrics: [aMetric(changed)] }));
    expect(code).toBe(expected);
    expect(out).toMatch(new RegExp(`^${verdict}: `, 'm'));
  });

  it('shows a table whose lines fit a terminal, whatever the names', async () => {
    const name = 'a-name-that-is-much-longer-than-any-table-has-room-for';
    const { out } = await judged(
      anInput({ metrics: [aMetric({ name, canary: RAISED, critical: true })] }),
    );
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(out).toContain('high (critical)');
    expect(out).not.toContain('\u001b');
  });

  it('reads standard input where the file is -', () => {
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsx, 'bin/kiln.ts', 'judge', '-', '--json'],
      {
        ...{ cwd: root, encoding: 'utf8', input: JSON.stringify(anInput()) },
      },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ score: 100, verdict: 'green' });
  });

  it('explains itself with --help', async () => {
    expect((await kiln('judge', '--help')).out).toContain('judge FILE|-');
    expect((await kiln('--help')).out).toMatch(/^ {2}judge {2}/m);
  });

  it.each([
    [[], 'expected one file, or - for standard input, came 0'],
    [['a.json', 'b.json'], 'expected one file, or - for standard input, came 2'],
    [['nowhere.json'], 'nowhere.json: expected a file that can be read, came ENOENT'],
    [['a.json', '--jsn'], 'there is no option --jsn; did you mean --json?'],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, out, err } = await kiln('judge', ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('exits with 2 for input that is no JSON', async () => {
    const { code, err } = await judged('{ "metrics": ');
    expect(code).toBe(2);
    expect(err).toContain('metrics.json: expected JSON, came ');
  });
});

describe('an input is refused by field, what was expected, and what came', () => {
  const metric = (changed: object) => ({ metrics: [aMetric(), aMetric(changed)] });
  const effect = (effectSize: object) => metric({ effectSize });
  const rows: readonly [object, string][] = [
    [{ metrics: [] }, 'metrics: expected a list of at least one metric, came an empty list'],
    [{ metrics: undefined }, 'metrics: expected a list of metrics, came nothing'],
    [metric({ name: '' }), 'metrics[1].name: expected a text that is not empty, came ""'],
    [metric({ canary: [1, 'x'] }), 'metrics[1].canary[1]: expected a number or null, came "x"'],
    [
      metric({ canary: 5 }),
      'metrics[1].canary: expected a list of numbers, null where a period has none, came 5',
    ],
    [
      metric({ direction: 'up' }),
      'metrics[1].direction: expected one of increase, decrease, either, came "up"',
    ],
    [metric({ critical: 'yes' }), 'metrics[1].critical: expected true or false, came "yes"'],
    [
      metric({ tolerance: -0.1 }),
      'metrics[1].tolerance: expected a share, 0 or more: 0.05 is 5 %, came -0.1',
    ],
    [metric({ tolerence: 0.1 }), 'came the key "tolerence"; did you mean "tolerance"?'],
    [
      metric({ nanStrategy: 'zeros' }),
      'metrics[1].nanStrategy: expected one of remove, zero, came "zeros"; did you mean "zero"?',
    ],
    [
      effect({ measure: 'cohen' }),
      'metrics[1].effectSize.measure: expected one of meanRatio, cles, came "cohen"',
    ],
    [
      effect({ measure: 'meanRatio', high: 0.9 }),
      'metrics[1].effectSize.high: expected 1 or more, as meanRatio is 1 without any effect, came 0.9',
    ],
    [
      effect({ measure: 'cles', high: 1.2 }),
      'metrics[1].effectSize.high: expected 0.5 or more, at most 1, as cles is 0.5 without any effect, came 1.2',
    ],
    [
      effect({ measure: 'cles', low: 0.6 }),
      'metrics[1].effectSize.low: expected 0 to 0.5, as cles is 0.5 without any effect, came 0.6',
    ],
    [{ pass: 0 }, 'pass: expected a score above 0, at most 100, came 0'],
    [{ pass: undefined }, 'pass: expected a score above 0, at most 100, came nothing'],
    [{ marginal: 96 }, 'marginal: expected at most pass 95, came 96'],
    [{ confidence: 1 }, 'confidence: expected a number between 0 and 1, such as 0.98, came 1'],
    [{ minimumSamples: 2.5 }, 'minimumSamples: expected a whole number, 1 or more, came 2.5'],
    [{ toleranceOf: 'median' }, 'toleranceOf: expected one of baseline, shift, came "median"'],
    [{ groups: { a: -1 } }, 'groups.a: expected a weight, 0 or more, came -1'],
    [
      { groups: { a: 1 } },
      'metrics[0].group: expected one of the groups that have a weight: a, came nothing',
    ],
    [
      { ...metric({ group: 'eror' }), metrics: [aMetric({ group: 'eror' })], groups: { error: 1 } },
      'metrics[0].group: expected one of the groups that have a weight: error, came "eror"; did you mean "error"?',
    ],
    [
      { metrics: [aMetric({ group: 'a' })], groups: { a: 0 } },
      'groups: expected a weight above 0 for a group that has metrics, came none',
    ],
    [{ metric: [] }, 'came the key "metric"; did you mean "metrics"?'],
  ];
  it.each(rows)('%j', (changed, message) => {
    const text = JSON.stringify(anInput(changed));
    expect(() => readJudgeInput('in.json', text)).toThrow(UserMistake);
    expect(() => readJudgeInput('in.json', text)).toThrow(message);
  });

  it('also a number that is too large to be one', () => {
    const text = JSON.stringify(anInput()).replace('"canary":[10', '"canary":[1e999');
    expect(() => readJudgeInput('in.json', text)).toThrow(
      'metrics[0].canary[0]: expected a number or null, came a number past 1.8e308',
    );
  });

  it('ten mistakes at a time', () => {
    const text = JSON.stringify(anInput({ metrics: [aMetric({ canary: Array(500).fill('x') })] }));
    expect(() => readJudgeInput('in.json', text)).toThrow(/canary\[9\].*\nand 490 more$/);
  });

  it('whatever else it is', () => {
    for (const text of ['null', '5', '[]', '"x"', 'true']) {
      expect(() => readJudgeInput('in.json', text)).toThrow(UserMistake);
    }
  });
});

it('the page shows what the command answers', async () => {
  const { text } = page('docs/judge.md');
  const [, input = '', output = ''] =
    /<!-- example -->\n```json\n([\s\S]*?)\n```\n\n```text\n([\s\S]*?)\n```\n<!-- \/example -->/.exec(
      text,
    ) ?? [];
  const { code, out } = await judged(input);
  expect({ code, out: out.trimEnd() }).toEqual({ code: 1, out: output });
});
