import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../simulator/aws/event-bridge-pattern.ts';
import type { Json } from '../../../simulator/contract.ts';
import { refusal } from './asking.ts';

const matches = (pattern: Json, event: Json) =>
  compilePattern(JSON.stringify(pattern)).matches(event);
/** A pattern on the field `a` of the detail, against a value of it. */
const onField = (conditions: Json, value: Json) =>
  matches({ detail: { a: conditions } }, { detail: { a: value } });

describe('an operator', () => {
  it.each<[Json, Json, boolean]>([
    [['x'], 'x', true],
    [['x'], 'X', false],
    [['x', 'y'], 'y', true],
    [[5], 5, true],
    [[5], '5', false],
    [[null], null, true],
    [[null], '', false],
    [[''], '', true],
    [[true], true, true],
    [[{ prefix: 'ab' }], 'abc', true],
    [[{ prefix: 'ab' }], 'aab', false],
    [[{ prefix: { 'equals-ignore-case': 'AB' } }], 'abc', true],
    [[{ suffix: '.png' }], 'x.png', true],
    [[{ suffix: { 'equals-ignore-case': '.PNG' } }], 'x.png', true],
    [[{ 'equals-ignore-case': 'ALARM' }], 'Alarm', true],
    [[{ 'equals-ignore-case': 'ALARM' }], 'Alarms', false],
    [[{ 'anything-but': 'x' }], 'y', true],
    [[{ 'anything-but': 'x' }], 'x', false],
    [[{ 'anything-but': ['x', 'y'] }], 'y', false],
    [[{ 'anything-but': 5 }], 6, true],
    [[{ 'anything-but': { prefix: 'ab' } }], 'abc', false],
    [[{ 'anything-but': { prefix: ['ab', 'cd'] } }], 'cde', false],
    [[{ 'anything-but': { suffix: 'z' } }], 'abc', true],
    [[{ 'anything-but': { 'equals-ignore-case': ['OK', 'x'] } }], 'ok', false],
    [[{ 'anything-but': { wildcard: '*/lib/*' } }], 'a/lib/b', false],
    [[{ numeric: ['=', 3] }], 3.0, true],
    [[{ numeric: ['>', 0, '<=', 5] }], 5, true],
    [[{ numeric: ['>', 0, '<=', 5] }], 0, false],
    [[{ numeric: ['<', 10] }], '5', false],
    [[{ exists: true }], 0, true],
    [[{ exists: true }], { leaf: 1 }, false],
    [[{ exists: false }], 'x', false],
    [[{ exists: false }], [], true],
    [[{ cidr: '10.0.0.0/24' }], '10.0.0.255', true],
    [[{ cidr: '10.0.0.0/24' }], '10.0.1.0', false],
    [[{ cidr: '2001:db8::/32' }], '2001:db8::1', true],
    [[{ cidr: '10.0.0.0/24' }], 'no address', false],
    [[{ wildcard: 'a*c*' }], 'abbbc', true],
    [[{ wildcard: 'a*c' }], 'abcd', false],
    [[{ wildcard: 'a\\*c' }], 'abc', false],
    [[{ wildcard: 'a\\*c' }], 'a*c', true],
    [[{ wildcard: 'a.c' }], 'abc', false],
    [['x', { prefix: 'y' }, { exists: false }], 'yes', true],
    [['x'], ['y', 'x'], true],
    [['x'], ['y', ['x']], true],
    [[{ 'anything-but': 'x' }], ['x', 'y'], true],
  ])('%j on %j matches: %s', (conditions, value, expected) => {
    expect(onField(conditions, value)).toBe(expected);
  });

  it('exists: false matches a field that is not there, at any depth', () => {
    expect(matches({ detail: { a: { b: [{ exists: false }] } } }, { detail: {} })).toBe(true);
    expect(matches({ 'replay-name': [{ exists: false }] }, { 'replay-name': 'r' })).toBe(false);
  });
});

describe('a pattern', () => {
  it('needs every field, and one of the alternatives of $or', () => {
    const pattern: Json = {
      source: ['aws.autoscaling'],
      $or: [{ detail: { n: [{ numeric: ['>', 5] }] } }, { detail: { s: ['x'] } }],
    };
    expect(matches(pattern, { source: 'aws.autoscaling', detail: { s: 'x' } })).toBe(true);
    expect(matches(pattern, { source: 'aws.autoscaling', detail: { n: 6 } })).toBe(true);
    expect(matches(pattern, { source: 'aws.autoscaling', detail: { n: 5, s: 'y' } })).toBe(false);
    expect(matches(pattern, { source: 'aws.ec2', detail: { s: 'x' } })).toBe(false);
  });

  it('finds all of its nested fields in one element of an array of objects', () => {
    const pattern = { detail: { list: { a: ['1'], b: ['2'] } } };
    expect(matches(pattern, { detail: { list: [{ a: '1' }, { b: '2' }] } })).toBe(false);
    expect(matches(pattern, { detail: { list: [{ a: '0' }, { a: '1', b: '2' }] } })).toBe(true);
  });

  it('takes the nested status of an Image Builder event, and not the flat one that never matches', () => {
    const event = {
      source: 'aws.imagebuilder',
      resources: ['arn:aws:imagebuilder:us-west-2:111122223333:image/my-recipe/1.0.0/1'],
      detail: { 'previous-state': { status: 'TESTING' }, state: { status: 'AVAILABLE' } },
    };
    const resources = [{ prefix: 'arn:aws:imagebuilder:us-west-2:111122223333:image/my-recipe/' }];
    expect(matches({ resources, detail: { state: { status: ['AVAILABLE'] } } }, event)).toBe(true);
    expect(matches({ resources, detail: { state: ['AVAILABLE'] } }, event)).toBe(false);
  });

  it.each<[string, string]>([
    ['[]', 'Filter is not an object'],
    ['{}', 'Empty objects are not allowed'],
    ['{"source":"aws.ec2"}', '"source" must be an object or an array'],
    ['{"source":[]}', 'Empty arrays are not allowed'],
    ['{"source":[["x"]]}', 'Match value must be String, number, true, false, or null'],
    ['{"source":[{"like":"x"}]}', 'Unrecognized match type like'],
    ['{"source":[{"prefix":"x","suffix":"y"}]}', 'Only one key allowed in match expression'],
    ['{"source":[{"prefix":5}]}', 'prefix match pattern must be a string'],
    ['{"a":[{"numeric":["~",5]}]}', 'Unrecognized numeric range operator: ~'],
    ['{"a":[{"numeric":["<","5"]}]}', 'Value of < must be numeric'],
    ['{"a":[{"numeric":[">",5,"<",5]}]}', 'Bottom must be less than top'],
    ['{"a":[{"exists":"yes"}]}', 'exists match pattern must be either true or false.'],
    ['{"a":[{"wildcard":"a**b"}]}', 'Consecutive wildcard characters at pos 1'],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    [
      '{"a":[{"anything-but":[]}]}',
      'Inside anything but list, start|null|boolean is not supported.',
    ],
    ['{"$or":[{"a":["x"]}]}', 'There must have at least 2 Objects in "$or" relationship'],
  ])('%s is refused', (text, reason) => {
    expect(refusal(() => compilePattern(text))).toBe(
      `InvalidEventPatternException: Event pattern is not valid. Reason: ${reason}`,
    );
  });

  it('has at most 2,048 characters', () => {
    const ofLength = (length: number) => `{"a":["${'x'.repeat(length - 9)}"]}`;
    expect(refusal(() => compilePattern(ofLength(2_048 - 1)))).toBe('accepted');
    expect(refusal(() => compilePattern(ofLength(2_049)))).toContain(
      'InvalidEventPatternException',
    );
  });
});

describe('the laws of matching', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', 'A'), maxLength: 4 });
  const filled = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), minLength: 1, maxLength: 3 });

  it('anything-but is the negation of what it holds, for a single value', () => {
    const operator = fc.constantFrom('prefix', 'suffix', 'equals-ignore-case', 'wildcard');
    fc.assert(
      fc.property(operator, filled, text, (name, operand, value) => {
        const plain = onField([{ [name]: operand }], value);
        expect(onField([{ 'anything-but': { [name]: operand } }], value)).toBe(!plain);
      }),
    );
    fc.assert(
      fc.property(text, text, (operand, value) => {
        expect(onField([{ 'anything-but': operand }], value)).toBe(!onField([operand], value));
      }),
    );
  });

  it('a list of conditions matches when one of them does', () => {
    fc.assert(
      fc.property(fc.array(filled, { minLength: 1, maxLength: 4 }), text, (prefixes, value) => {
        const conditions = prefixes.map((prefix) => ({ prefix }));
        const one = conditions.some((condition) => onField([condition], value));
        expect(onField(conditions, value)).toBe(one);
      }),
    );
  });

  it('$or of two patterns matches when one of them does', () => {
    fc.assert(
      fc.property(text, text, text, text, (a, b, x, y) => {
        const event = { a: x, b: y };
        const either = matches({ a: [a] }, event) || matches({ b: [b] }, event);
        expect(matches({ $or: [{ a: [a] }, { b: [b] }] }, event)).toBe(either);
      }),
    );
  });
});
