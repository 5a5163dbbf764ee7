import jsonata from 'jsonata';
import { describe, expect, test } from 'vitest';
import { evaluate, syntaxError } from '../../../simulator/states/jsonata.ts';

const chance = { nowMs: Date.UTC(2026, 10, 23, 9, 30), random: () => 0.25 };
const bindings = {
  states: {
    input: {
      groups: [
        { name: 'g1', size: 3, tags: ['a', 'b'] },
        { name: 'g2', size: 5, tags: [] },
      ],
      text: 'a,b,c',
      nothing: null,
      deep: { er: { est: [1, [2, 3]] } },
    },
  },
  n: 5,
  list: [3, 1, 2],
};
const run = (text: string): unknown => evaluate(text, bindings, chance, 'Output');

/** Path, operator, function and closure: one of each kind that the engine evaluates by a way of its own. */
const EXPRESSIONS = [
  '$states.input.groups.name',
  '$states.input.groups[size > 4].name',
  '$states.input.groups[name = "g1"]',
  '$states.input.groups[-1].size',
  '$states.input.**.est',
  '$states.input.*.er',
  '$states.input.groups.tags[]',
  '$n + 1 * 2 - 3 / 4 % 5',
  '$n > 3 and $n <= 5 or $not($n = 1)',
  '"a" & $n & true',
  '$n in [1, 5]',
  '$n > 3 ? "more" : "less"',
  '[1..4]',
  '{"a": $n, "b": $states.input.groups{name: size}}',
  '$states.input.groups^(>size).name',
  '$map($list, function($v, $i) { $v * $i })',
  '$filter($list, function($v) { $v > 1 })',
  '$reduce($list, function($a, $v) { $a + $v }, 10)',
  '$sort($list, function($a, $b) { $a > $b })',
  '$single($list, function($v) { $v = 3 })',
  '$each({"a": 1, "b": 2}, function($v, $k) { $k & $v })',
  '$sift({"a": 1, "b": 2}, function($v) { $v = 2 })',
  '$merge([{"a": 1}, {"b": 2}]) ~> $keys()',
  '$split($states.input.text, ",") ~> $join("-")',
  '$replace("a1b2", /[0-9]/, function($m) { "<" & $m.match & ">" })',
  '$match("a1b2", /[a-z]([0-9])/)',
  '$contains("abc", /b/)',
  '($x := 3; $f := function($y) { $y < 2 ? 1 : $y * $f($y - 1) }; $f($x))',
  '($add := function($a, $b) { $a + $b }; $inc := $add(?, 1); $inc(4))',
  '$states.input ~> |groups|{"size": size * 2}, ["tags"]|',
  '$number("12") + $length("abc") + $sum($list) + $max($list) + $count($list)',
  '$string({"a": [1, null]})',
  '$zip($list, [4, 5, 6])',
  '$lookup($states.input, "text")',
  '$fromMillis(1510067557121, "[Y]-[M01]-[D01]")',
  '$toMillis("2017-11-07T15:12:37.121Z")',
  '$exists($states.input.missing) ? 1 : $type($states.input.nothing)',
  '$spread({"a": 1, "b": 2})',
  '$formatNumber(12345.678, "#,##0.00")',
  '$base64encode("abc") & $pad("x", 3) & $uppercase("y") & $trim("  z ")',
  '$distinct([1, 1, 2]) ~> $append(3) ~> $reverse()',
];

describe('the synchronous engine', () => {
  test.each(EXPRESSIONS)('answers as the package itself does: %s', async (text) => {
    const answer: unknown = await jsonata(text).evaluate(undefined, bindings);
    expect(run(text)).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  test.each(['$sum("a")', '$missing()', '"a" + 1', '$error("no")', '$number("x")', '[1..1e9]'])(
    'throws as the package itself does: %s',
    async (text) => {
      const error = await jsonata(text)
        .evaluate(undefined, bindings)
        .then(
          () => undefined,
          (thrown: { code: string; message: string }) => thrown,
        );
      expect(error?.code).toBeDefined();
      expect(() => run(text)).toThrow(`${error?.code}: ${error?.message}`);
    },
  );
});

describe('what Step Functions adds and takes away', () => {
  test.each([
    ['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$hash("input data", "SHA-1")', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['$parse("{\\"a\\": [1]}")', { a: [1] }],
    ['$random()', 0.25],
    ['$random(3) = $random(3)', true],
    ['$now()', '2026-11-23T09:30:00.000Z'],
    ['$millis()', chance.nowMs],
    ['$uuid()', '44444444-4444-4444-8444-444444444444'],
  ])('%s', (text, answer) => {
    expect(run(text)).toEqual(answer);
  });

  test('has no $eval', () => {
    expect(() => run('$eval("1")')).toThrow('T1006: Attempted to invoke a non-function');
  });

  test.each([
    ['$states.input.missing', 'returned nothing (undefined).'],
    ['1 / 0', 'returned the number Infinity, which is not JSON.'],
    ['function($x) { $x }', 'returned a function, which is not JSON.'],
    ['{"f": $sum}', 'returned a function, which is not JSON.'],
  ])('refuses what is not JSON: %s', (text, why) => {
    expect(() => run(text)).toThrow(
      `The JSONata expression '${text}' specified for the field 'Output' ${why}`,
    );
  });

  test('hands out lists without the marks of the engine', () => {
    expect(JSON.stringify(run('{"names": $states.input.groups.name}'))).toBe(
      '{"names":["g1","g2"]}',
    );
  });

  test('reports an expression that does not parse', () => {
    expect(syntaxError('1 +')).toBe('S0207: Unexpected end of expression');
    expect(syntaxError('1 + 1')).toBeUndefined();
  });

  test('ends a recursion that has no end', () => {
    expect(() => run('($f := function($x) { 1 + $f($x) }; $f(1))')).toThrow('recurses too deeply');
  });
});
