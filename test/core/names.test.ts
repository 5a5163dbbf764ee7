import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, causeId, makeCause, releaseExecutionName } from '../../lambdas/core/cause.ts';
import { Cause } from '../../lambdas/core/ledger.ts';
import {
  boundedName,
  nextVersionLabel,
  shortHash,
  templateVersionDescription,
  VERSION_LABEL,
  versionLabel,
} from '../../lambdas/core/names.ts';
import { at } from '../builders.ts';

const base = (changed: Partial<Extract<Change, { kind: 'base-image' }>> = {}): Change => ({
  kind: 'base-image',
  parameter: '/aws/ami',
  from: 'ami-1',
  to: 'ami-2',
  ...changed,
});
const ARN = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden/1.2.3/4';

describe('the identity of a cause', () => {
  it('is readable and always the same', () => {
    expect(causeId('web', base())).toBe('base-ami-2-2xtyta7mcqwc1');
    expect(causeId('web', { kind: 'upstream-image', imageArn: ARN })).toMatch(
      /^upstream-golden-1\.2\.3-4-[0-9a-z]{13}$/,
    );
    expect(causeId('web', { kind: 'person', request: 'r1' })).toMatch(/^by-hand-[0-9a-z]{13}$/);
  });
  it('is what changed to what for which image, and nothing else', () => {
    const ids = [
      causeId('web', base()),
      causeId('api', base()),
      causeId('web', base({ from: 'ami-0' })),
      causeId('web', base({ from: undefined })),
      causeId('web', base({ to: 'ami-3' })),
      causeId('web', base({ parameter: '/other' })),
      causeId('web', { kind: 'person', request: 'r1' }),
      causeId('web', { kind: 'person', request: 'r2' }),
      causeId('web', { kind: 'merged', causes: ['a', 'b'] }),
      causeId('web', { kind: 'merged', causes: ['ab'] }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(causeId('web', { kind: 'person', request: 'r1', reason: 'x' })).toBe(
      causeId('web', { kind: 'person', request: 'r1' }),
    );
    expect(causeId('web', { kind: 'merged', causes: ['b', 'a', 'b'] })).toBe(
      causeId('web', { kind: 'merged', causes: ['a', 'b'] }),
    );
  });
  it('makes a cause that the ledger takes', () => {
    const changes: Change[] = [
      base(),
      base({ from: undefined }),
      { kind: 'upstream-image', imageArn: ARN },
      { kind: 'person', request: 'r', reason: 'x' },
      { kind: 'merged', causes: ['a'] },
    ];
    for (const change of changes) {
      const cause = makeCause('web', change);
      expect(Cause.parse(cause)).toEqual(cause);
      expect(cause.id).toBe(causeId('web', change));
    }
  });
});

describe('names of executions', () => {
  const text = fc.string({ minLength: 1, maxLength: 120, unit: 'grapheme' });
  const allowed = /^[A-Za-z0-9._-]{1,80}$/;
  it('are what Step Functions takes, whatever they are made of', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom('forward', 'back'), (one, two, direction) => {
        expect(releaseExecutionName(one, causeId(one, base({ to: two })))).toMatch(allowed);
        expect(boundedName(one, direction, two)).toMatch(allowed);
      }),
    );
  });
  it('differ when what they are made of differs, even after the cut', () => {
    const long = 'x'.repeat(90);
    const names = [
      boundedName('web', 'forward', 'r'),
      boundedName('web', 'back', 'r'),
      boundedName('web', 'back', `${long}1`),
      boundedName('web', 'back', `${long}2`),
      boundedName('a b', 'c'),
      boundedName('a-b', 'c'),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe('web-forward-r');
  });
  it('are exact up to eighty characters and cut past them', () => {
    expect(boundedName('a', 'b'.repeat(78))).toBe(`a-${'b'.repeat(78)}`);
    expect(boundedName('a', 'b'.repeat(79))).toMatch(/^a-b+-[0-9a-z]{13}$/);
    expect(boundedName('a', 'b'.repeat(79))).toHaveLength(80);
  });
});

describe('the hash', () => {
  it('is FNV-1a with 64 bits', () => {
    // Worked out by another implementation, which gives af63dc4c8601ec8c for "a" as its authors publish.
    expect(shortHash('a')).toBe('11ycwcavwfm89');
  });
  it('keeps parts apart', () => {
    expect(shortHash('ab', 'c')).not.toBe(shortHash('a', 'bc'));
    expect(shortHash('ab')).not.toBe(shortHash('a', 'b'));
  });
});

describe('version labels', () => {
  it('are the UTC date of the claim and a counter', () => {
    expect(versionLabel(at(0), 1)).toBe('2026.11.23-1');
    expect(versionLabel(Date.parse('2026-11-23T23:59:59.999Z'), 2)).toBe('2026.11.23-2');
    expect(versionLabel(Date.parse('2026-11-24T00:00:00Z'), 3)).toBe('2026.11.24-3');
  });
  it('count on within a day and begin anew on another', () => {
    expect(nextVersionLabel(at(0), undefined)).toBe('2026.11.23-1');
    expect(nextVersionLabel(at(0), '2026.11.23-9')).toBe('2026.11.23-10');
    expect(nextVersionLabel(at(0), '2026.11.22-9')).toBe('2026.11.23-1');
    expect(nextVersionLabel(at(0), '2026.11.24-9')).toBe('2026.11.24-10');
    expect(nextVersionLabel(at(0), 'ami-0abc')).toBe('2026.11.23-1');
  });
  it.each([
    '2026.11.23-0',
    '2026.13.01-1',
    '2026.11.32-1',
    '2026.1.1-1',
    'x2026.11.23-1',
    '2026.11.23-1\n',
  ])('are not %j', (text) => {
    expect(VERSION_LABEL.test(text)).toBe(false);
  });
});

describe('the description of a launch template version', () => {
  it('says release, fleet and version, and fits', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,60}$/);
    fc.assert(
      fc.property(word, word, word, (releaseId, fleet, version) => {
        const text = templateVersionDescription({ releaseId, fleet, version });
        expect(text.length).toBeLessThanOrEqual(255);
      }),
    );
    expect(
      templateVersionDescription({ releaseId: 'r', fleet: 'web', version: '2026.11.23-1' }),
    ).toBe('kiln release r fleet web version 2026.11.23-1');
  });
});
