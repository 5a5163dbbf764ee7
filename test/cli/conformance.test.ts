import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kiln } from './running.ts';

const passing = (name: string, output: unknown) => ({
  name,
  type: 'STANDARD',
  definition: { StartAt: 'A', States: { A: { Type: 'Pass', Result: 1, End: true } } },
  input: {},
  expected: { status: 'SUCCEEDED', output },
});
const reader = {
  ...passing('reads', []),
  definition: {
    StartAt: 'Read',
    States: {
      Read: {
        Type: 'Map',
        ItemReader: { Resource: 'arn:aws:states:::s3:getObject' },
        ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
  },
};

describe('conformance', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cases-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const put = (file: string, content: unknown): void =>
    writeFileSync(
      join(directory, file),
      typeof content === 'string' ? content : JSON.stringify(content),
    );

  it('prints one object about any directory of cases', async () => {
    put('good.json', passing('good', 1));
    put('reads.json', reader);
    put('notes.md', 'no case');
    const { code, out } = await kiln('conformance', '--dir', directory, '--json');
    expect(JSON.parse(out)).toEqual({
      ran: 2,
      passed: 1,
      failed: [],
      refused: [
        { name: 'reads', feature: "the field ItemReader of a JSONPath Map in state 'Read'" },
      ],
    });
    expect(code).toBe(0);
  });

  it('exits 1 when a case fails, and names a file that is none', async () => {
    put('a.json', passing('other', 2));
    put('b.json', '{');
    put('c.json', { name: 'c', definition: {} });
    put('d.json', { ...passing('d', 1), expected: { status: 'WELL' } });
    const { code, out } = await kiln('conformance', '--dir', directory, '--json');
    const { ran, failed } = JSON.parse(out);
    expect([code, ran]).toEqual([1, 4]);
    expect(failed).toEqual([
      { name: 'other', why: 'output 1 instead of 2' },
      { name: 'b.json', why: expect.stringMatching(/^not a case: /) },
      { name: 'c.json', why: 'not a case: expected one of expected and runs' },
      { name: 'd.json', why: expect.stringMatching(/^not a case: expected\.status: /) },
    ]);
  });

  it('tells a reader how many, and why', async () => {
    put('a.json', passing('other', 2));
    put('reads.json', reader);
    const { out } = await kiln('conformance', '--dir', directory);
    expect(out).toContain('2 cases: 0 passed, 1 failed, 1 refused');
    expect(out).toContain('  other\n      output 1 instead of 2');
  });

  it.each([
    ['without a case', () => directory, /no case \(\*\.json\)/],
    ['that is not there', () => join(directory, 'none'), /there is no directory/],
  ])('exits 2 for a directory %s', async (_, path, said) => {
    const { code, out, err } = await kiln('conformance', '--dir', path(), '--json');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });
});
