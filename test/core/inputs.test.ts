import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KilnError } from '../../lambdas/core/errors.ts';
import { parseReleaseInput, parseRolloutInput } from '../../lambdas/core/inputs.ts';

const KNOWN = { images: ['web', 'worker'], fleets: ['web-prod', 'worker-prod'] };
const refusal = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(KilnError);
    expect((error as KilnError).name).toBe('InvalidInput');
    return (error as KilnError).message;
  }
  throw new Error('was not refused');
};

const EXECUTION = { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 'arn:x', Comment: 'for the audit' };
const fromRelease = {
  fleet: 'web-prod',
  direction: 'forward',
  releaseId: 'web-1',
  parentExecutionArn: 'arn:p',
  catalogueDigest: 'd',
  version: '2026.11.23-1',
};

describe('what Release takes', () => {
  const rows: readonly [object, object][] = [
    [{ image: 'web' }, { kind: 'by-hand', image: 'web' }],
    [
      { image: 'web', ...EXECUTION },
      { kind: 'by-hand', image: 'web' },
    ],
    [
      { image: 'web', version: '2026.11.23-1' },
      { kind: 'by-hand', image: 'web', version: '2026.11.23-1' },
    ],
    [
      { image: 'web', rollBack: true, reason: ' errors ' },
      { kind: 'roll-back', image: 'web', rollBack: true, reason: 'errors' },
    ],
    [
      {
        image: 'web',
        cause: { kind: 'base-image', id: 'i', parameter: '/p', from: 'ami-1', to: 'ami-2' },
      },
      {
        kind: 'caused',
        image: 'web',
        cause: { kind: 'base-image', id: 'i', parameter: '/p', from: 'ami-1', to: 'ami-2' },
      },
    ],
    [
      { release: 'web-1', wave: 'staging', approve: false, by: 'Ann', reason: ' not now ' },
      {
        ...{ kind: 'answer', release: 'web-1', wave: 'staging', approve: false },
        ...{ by: 'Ann', reason: 'not now' },
      },
    ],
  ];
  it.each(rows)('%j', (given, taken) => {
    expect(parseReleaseInput(given, KNOWN)).toEqual(taken);
  });
});

describe('what Rollout takes', () => {
  const rows: readonly [object, object][] = [
    [
      { fleet: 'web-prod', to: 'previous', reason: 'r' },
      { kind: 'to-previous', fleet: 'web-prod', to: 'previous', reason: 'r' },
    ],
    [
      { fleet: 'web-prod', unblock: true, reason: 'r', ...EXECUTION },
      { kind: 'unblock', fleet: 'web-prod', unblock: true, reason: 'r' },
    ],
    [
      { fleet: 'web-prod', pin: true, reason: 'r' },
      { kind: 'pin', fleet: 'web-prod', pin: true, reason: 'r' },
    ],
    [fromRelease, { kind: 'from-release', ...fromRelease }],
    [
      { ...fromRelease, direction: 'back', version: undefined, reason: 'red', ...EXECUTION },
      {
        kind: 'from-release',
        ...fromRelease,
        direction: 'back',
        version: undefined,
        reason: 'red',
      },
    ],
  ];
  it.each(rows)('%j', (given, taken) => {
    expect(parseRolloutInput(given, KNOWN)).toEqual(taken);
  });

  it.each([1, 900, 901, 1_000, 1_001, 100_000])(
    'a reason of %d characters from a release, which is cut and never refused',
    (length) => {
      const reason = 'word '.repeat(length).slice(0, length).replace(/ $/, '.');
      const input = parseRolloutInput({ ...fromRelease, direction: 'back', reason }, KNOWN);
      const got = input.kind === 'from-release' ? (input.reason ?? '') : '';
      expect(got.length).toBeLessThanOrEqual(900);
      expect(reason.startsWith(got.replace(/…$/, ''))).toBe(true);
      expect(got === reason).toBe(length <= 900);
    },
  );
  it('an empty reason from a release', () => {
    expect(parseRolloutInput({ ...fromRelease, reason: '' }, KNOWN)).toMatchObject({ reason: '' });
  });
});

describe('what Release refuses', () => {
  const start = 'Release does not take this input. ';
  const rows: readonly [unknown, string][] = [
    [null, 'input: expected an object, got null. A valid example: {"image":"web"}'],
    ['web', 'input: expected an object, got "web". A valid example: {"image":"web"}'],
    [['web'], 'input: expected an object, got a list of 1. A valid example: {"image":"web"}'],
    [{}, 'image: expected a string, got nothing. A valid example: {"image":"web"}'],
    [{ image: 7 }, 'image: expected a string, got 7. A valid example: {"image":"web"}'],
    [
      { image: 'wbe' },
      'image: expected the name of one in the catalogue (web, worker), got "wbe", did you mean "web"?. A valid example: {"image":"web"}',
    ],
    [
      { image: 'web', rollback: true, reason: 'r' },
      'rollback: unknown field, did you mean "rollBack"? (known here: image, version, rollBack, cause, reason). A valid example: {"image":"web"}',
    ],
    [
      { imgae: 'web' },
      'image: expected a string, got nothing | imgae: unknown field, did you mean "image"? (known here: image, version, rollBack, cause, reason). A valid example: {"image":"web"}',
    ],
    [
      { image: 'web', version: '7' },
      'version: expected a version label such as "2026.11.23-1", got "7". A valid example: {"image":"web","version":"2026.11.23-1"}',
    ],
    [
      { image: 'wbe', rollBack: false, version: '2026.11.23-1' },
      'image: expected the name of one in the catalogue (web, worker), got "wbe", did you mean "web"? | rollBack: expected true, got false | reason: expected a string, got nothing | version: not taken together with "rollBack". A valid example: {"image":"web","rollBack":true,"reason":"errors since the last release"}',
    ],
    [
      { image: 'web', rollBack: true, reason: '  ' },
      'reason: expected a few words, got "  ". A valid example: {"image":"web","rollBack":true,"reason":"errors since the last release"}',
    ],
    [
      { image: '', reason: 'r'.repeat(1_001) },
      `image: expected a name, got "" | reason: expected at most 1000 characters, got "${'r'.repeat(78)}…. A valid example: {"image":"web"}`,
    ],
    [
      { image: 'web', cause: 'moon' },
      'cause: expected an object, got "moon". A valid example: {"image":"web","cause":{"kind":"person","id":"by-hand-1"}}',
    ],
    [
      { image: 'web', cause: { kind: 'merged', id: 'x', causes: ['a', 7] } },
      'cause.causes.1: expected a string, got 7. A valid example: {"image":"web","cause":{"kind":"person","id":"by-hand-1"}}',
    ],
    [
      { image: 'web', cause: { kind: 'moon' } },
      'cause.kind: expected "base-image" or "upstream-image" or "person" or "merged", got "moon". A valid example: {"image":"web","cause":{"kind":"person","id":"by-hand-1"}}',
    ],
    [
      { image: 'web', cause: { kind: 'person', id: 'x', token: 1 } },
      'cause.token: unknown field. A valid example: {"image":"web","cause":{"kind":"person","id":"by-hand-1"}}',
    ],
  ];
  it.each(rows)('%j', (given, message) => {
    expect(refusal(() => parseReleaseInput(given, KNOWN))).toBe(start + message);
  });
});

describe('what Rollout refuses', () => {
  const start = 'Rollout does not take this input. ';
  const example =
    ' A valid example: {"fleet":"web-prod","to":"previous","reason":"errors since the last release"}';
  const rows: readonly [unknown, string][] = [
    [
      { fleet: 'web-prod' },
      `to: expected "previous", got nothing | reason: expected a string, got nothing.${example}`,
    ],
    [
      { fleet: 'web-prod', to: 'next', reason: 'r' },
      `to: expected "previous", got "next".${example}`,
    ],
    [
      { fleet: 'web-prd', unblock: 'yes' },
      'fleet: expected the name of one in the catalogue (web-prod, worker-prod), got "web-prd", did you mean "web-prod"? | unblock: expected true, got "yes" | reason: expected a string, got nothing. A valid example: {"fleet":"web-prod","unblock":true,"reason":"mended by hand"}',
    ],
    [
      { ...fromRelease, direction: 'up' },
      `direction: expected "forward" or "back", got "up".${example}`,
    ],
    [
      { ...fromRelease, version: undefined },
      `version: expected a version label such as "2026.11.23-1" with direction "forward", got nothing.${example}`,
    ],
    [
      { fleet: 'web-prod', pin: true, to: 'previous', reason: 'r' },
      'to: not taken together with "pin". A valid example: {"fleet":"web-prod","pin":true,"reason":"to be rolled out by Kiln"}',
    ],
  ];
  it.each(rows)('%j', (given, message) => {
    expect(refusal(() => parseRolloutInput(given, KNOWN))).toBe(start + message);
  });
});

describe('any value', () => {
  const keys = fc.constantFrom(
    'image',
    'fleet',
    'rollBack',
    'cause',
    'version',
    'to',
    'pin',
    'unblock',
    'direction',
    'reason',
    '__proto__',
    'constructor',
  );
  const near = fc.dictionary(
    keys,
    fc.oneof(
      fc.constantFrom<unknown>('web', 'web-prod', true, 'previous', 'forward', { kind: 'person' }),
      fc.jsonValue(),
    ),
  );
  it('is taken, or refused with one named error of a length that fits a console', () => {
    for (const parse of [parseReleaseInput, parseRolloutInput]) {
      fc.assert(
        fc.property(fc.oneof(fc.anything(), fc.jsonValue(), near), fc.boolean(), (value, named) => {
          try {
            expect(parse(value, named ? KNOWN : undefined)).toHaveProperty('kind');
          } catch (error) {
            expect(error).toBeInstanceOf(KilnError);
            expect((error as KilnError).name).toBe('InvalidInput');
            expect((error as KilnError).message).toContain('A valid example: {');
            expect((error as KilnError).message.length).toBeLessThan(4_000);
            // What zod says where neither a schema nor we say what was expected.
            expect((error as KilnError).message).not.toContain('expected Invalid');
          }
        }),
        { numRuns: 500 },
      );
    }
  });
  it('shows an example that is taken', () => {
    fc.assert(
      fc.property(near, (value) => {
        for (const parse of [parseReleaseInput, parseRolloutInput]) {
          try {
            parse(value, KNOWN);
          } catch (error) {
            const example = (error as Error).message.split('A valid example: ').at(-1) ?? '';
            expect(parse(JSON.parse(example), KNOWN)).toHaveProperty('kind');
          }
        }
      }),
    );
  });
});
