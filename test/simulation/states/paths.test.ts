/** JSONPath and intrinsic functions beyond the recorded cases. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../../simulator/contract.ts';
import { makeAccount } from './account.ts';

const input: Json = {
  a: { b: [10, 20, 30, 40], 'c d': 1 },
  list: [
    { name: 'x', n: 1, ok: true },
    { name: 'y', n: 2 },
    { name: 'z', n: 3, ok: false },
  ],
  text: 'a-b',
};

async function evaluated(text: string): Promise<Json | string | undefined> {
  const account = makeAccount();
  const definition = {
    StartAt: 'A',
    States: { A: { Type: 'Pass', Parameters: { 'v.$': text }, OutputPath: '$.v', End: true } },
  };
  account.addMachine('M', definition);
  await account.start('M', 'a', input);
  await account.world.run();
  const { outputText, failure } = account.execution('M', 'a');
  return outputText === undefined ? failure.error : (JSON.parse(outputText) as Json);
}

describe('a path', () => {
  test.each<[string, Json]>([
    ['$.a.b[1]', 20],
    ['$.a.b[-1]', 40],
    ['$.a.b[0,2]', [10, 30]],
    ['$.a.b[1:3]', [20, 30]],
    ['$.a.b[::2]', [10, 30]],
    ["$.a['c d']", 1],
    ['$.list[*].n', [1, 2, 3]],
    ['$..name', ['x', 'y', 'z']],
    ['$.a.*', [[10, 20, 30, 40], 1]],
    ['$.list[?(@.n > 1 && @.name != "z")].name', ['y']],
    ['$.list[?(@.ok)].name', ['x', 'z']],
    ['$.list[?(!(@.n == 2) || @.name =~ /Y/i)].n', [1, 2, 3]],
    ['$.list[?(@.n == 9)]', []],
    ['$.a.missing', 'States.Runtime'],
    ['$.a.b[9]', 'States.Runtime'],
  ])('%s', async (text, answer) => {
    expect(await evaluated(text)).toEqual(answer);
  });
});

describe('an intrinsic function', () => {
  test.each<[string, Json]>([
    ["States.Format('{} \\{\\} {}', $.text, $.a.b[0])", 'a-b {} 10'],
    ["States.Format('it\\'s {}', 1)", "it's 1"],
    ["States.Format('{}')", 'States.IntrinsicFailure'],
    ["States.Format('{}', $.list[1])", '{name=y, n=2}'],
    ["States.StringSplit('a.b,c', '.,')", ['a', 'b', 'c']],
    ['States.ArrayUnique($.list[*].ok)', [true, false]],
    ['States.ArrayGetItem($.a.b, 7)', 'States.IntrinsicFailure'],
    ['States.ArrayRange(0, 2000, 1)', 'States.IntrinsicFailure'],
    ['States.JsonMerge($.a, States.StringToJson(\'{"b":1}\'), false)', { b: 1, 'c d': 1 }],
    ['States.JsonMerge($.a, $.a, true)', 'States.IntrinsicFailure'],
    ["States.Base64Decode(States.Base64Encode('ü'))", 'ü'],
    ["States.Hash($.text, 'MD6')", 'States.IntrinsicFailure'],
    ['States.MathRandom(5, 6)', 5],
    ['States.Array(States.Array(), null, true, -1.5)', [[], null, true, -1.5]],
  ])('%s', async (text, answer) => {
    expect(await evaluated(text)).toEqual(answer);
  });
});
