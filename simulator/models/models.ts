/**
 * Every call is checked against the service's own model, before anything else looks at it, and every answer against its
 * output. Services enforce more than this (their files say what) and a few less (`amendments.ts`).
 */

import { readFileSync } from 'node:fs';
import { type Check, makeChecks, type Problem } from './check.ts';
import { bracketPath } from './own-wordings.ts';
import { refusalOf } from './refusals.ts';
import type { ModelData } from './shapes.ts';

interface OperationChecks {
  readonly input: Check;
  readonly output: Check;
}

/** Data is read when a client is first called; checkers are made when an operation is. */
class ClientChecks {
  readonly #data: ModelData;
  readonly #inputs: (shape: number) => Check;
  readonly #outputs: (shape: number) => Check;
  readonly #operations = new Map<string, OperationChecks>();

  constructor(data: ModelData) {
    this.#data = data;
    this.#inputs = makeChecks(data.shapes, { nullIsAbsent: true });
    this.#outputs = makeChecks(data.shapes, { nullIsAbsent: false });
  }

  of(operation: string): OperationChecks {
    const before = this.#operations.get(operation);
    if (before !== undefined) return before;
    const shapes = this.#data.operations[operation];
    if (shapes === undefined) {
      throw new Error(
        `the models lack ${this.#data.client} ${operation}: run simulator/models/generate.ts`,
      );
    }
    const checks = { input: this.#inputs(shapes[0]), output: this.#outputs(shapes[1]) };
    this.#operations.set(operation, checks);
    return checks;
  }
}

const loaded = new Map<string, ClientChecks>();

/** @throws Error for a client that the simulator does not know */
export function modelOf(client: string): ModelData {
  const file = new URL(`data/${client}.generated.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as ModelData;
}

function checksOf(client: string, operation: string): OperationChecks {
  let checks = loaded.get(client);
  if (checks === undefined) {
    checks = new ClientChecks(modelOf(client));
    loaded.set(client, checks);
  }
  return checks.of(operation);
}

export interface CheckedCall {
  readonly client: string;
  readonly operation: string;
}

/** @throws {AwsError} what the service answers when its model refuses the input */
export function checkInput({ client, operation }: CheckedCall, input: unknown): void {
  const problems: Problem[] = [];
  checksOf(client, operation).input(input ?? {}, problems);
  const [first, ...others] = problems;
  if (first !== undefined) throw refusalOf(client, operation, [first, ...others]);
}

/** @throws Error naming operation and member: an answer that AWS could not give is a mistake of the simulator */
export function checkOutput({ client, operation }: CheckedCall, output: unknown): void {
  const problems: Problem[] = [];
  checksOf(client, operation).output(output ?? {}, problems);
  if (problems.length === 0) return;
  const told = problems.map((problem) => `${bracketPath(problem.path)} ${troubleOf(problem)}`);
  throw new Error(
    `the simulated answer of ${client} ${operation} is none of AWS's: ${told.join('; ')}`,
  );
}

function troubleOf({ value, wrong }: Problem): string {
  switch (wrong.kind) {
    case 'missing':
      return 'is missing';
    case 'unknown':
      return 'is no member';
    case 'type':
      return `is no ${wrong.expected}: ${JSON.stringify(value)}`;
    case 'limit':
      return `is ${JSON.stringify(value)}, but the model says ${JSON.stringify(wrong.limit)}`;
    case 'parts':
      return `is ${JSON.stringify(value)}, but its ${wrong.which} are limited: ${JSON.stringify(wrong.limits)}`;
    default:
      return wrong satisfies never;
  }
}
