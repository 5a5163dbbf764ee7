import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../simulator/contract.ts';
import { makeChecks, type Problem } from '../../../simulator/models/check.ts';
import { implemented } from '../../../simulator/models/generate.ts';
import { checkInput, checkOutput, modelOf } from '../../../simulator/models/models.ts';
import type { ModelData } from '../../../simulator/models/shapes.ts';
import { exampleOf, mutationsOf } from './examples.ts';

const clients = implemented().map(({ client }) => client);
const everything = () => true;

/** The kinds of problems, of a limit its own. */
function kindsOf(problems: readonly Problem[]): readonly string[] {
  return problems.flatMap(({ wrong }) => {
    if (wrong.kind === 'limit') return wrong.limit.kind;
    return wrong.kind === 'parts' ? wrong.limits.map(({ kind }) => kind) : wrong.kind;
  });
}

function isRefused(client: string, operation: string, input: unknown): boolean {
  try {
    checkInput({ client, operation }, input);
    return false;
  } catch (error) {
    return error instanceof AwsError && error.message !== '';
  }
}

function eachOperation(data: ModelData, visit: (name: string, shape: number) => void): void {
  for (const [name, [input]] of Object.entries(data.operations)) visit(name, input);
}

describe.each(clients)('%s', (client) => {
  const data = modelOf(client);
  const inputs = makeChecks(data.shapes, { nullIsAbsent: true });

  test('inputs of every shape that the model allows pass', () => {
    eachOperation(data, (operation, shape) => {
      const call = { client, operation };
      for (const wanted of [everything, () => false])
        expect(() => checkInput(call, exampleOf(data, shape, wanted)), operation).not.toThrow();
    });
  });

  test('any choice of optional members passes', () => {
    const operations = Object.entries(data.operations);
    fc.assert(
      fc.property(fc.nat(operations.length - 1), fc.infiniteStream(fc.boolean()), (at, coins) => {
        const [operation, [shape]] = operations[at]!;
        const value = exampleOf(data, shape, () => coins.next().value === true);
        checkInput({ client, operation }, value);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('breaking any one rule of the model is refused for that rule, by an error of AWS', () => {
    const unseen: string[] = [];
    let tried = 0;
    eachOperation(data, (operation, shape) => {
      const check = inputs(shape);
      const whole = exampleOf(data, shape, everything);
      for (const { what, kind, value } of mutationsOf(data, shape, whole)) {
        const problems: Problem[] = [];
        check(value, problems);
        tried += 1;
        if (!kindsOf(problems).includes(kind)) unseen.push(`${operation} ${what}`);
        if (!isRefused(client, operation, value)) unseen.push(`${operation} ${what}: accepted`);
      }
    });
    expect(unseen).toEqual([]);
    expect(tried).toBeGreaterThan(10);
  });

  test('outputs that the model allows pass; an alien member ends the run, named', () => {
    for (const [operation, [, shape]] of Object.entries(data.operations)) {
      const value = exampleOf(data, shape, everything) as object;
      const call = { client, operation };
      expect(() => checkOutput(call, value), operation).not.toThrow();
      const alien = () => checkOutput(call, { ...value, Zzz: 1 });
      expect(alien).toThrow(`${client} ${operation} is none of AWS's: Zzz is no member`);
      expect(alien).not.toThrow(AwsError);
    }
  });
});
