/** A small simulated account around Step Functions: real permissions, calls and codec; functions are closures. */

import { StepFunctions } from '../../../simulator/aws/step-functions.ts';
import { makeCalls } from '../../../simulator/calls.ts';
import {
  AwsError,
  type Caller,
  type Json,
  type Operation,
  type OutgoingEvent,
  type Place,
  type PolicyStatement,
  type Service,
} from '../../../simulator/contract.ts';
import { makeIam } from '../../../simulator/iam/iam.ts';
import { makeWireCodec } from '../../../simulator/wire/codec.ts';
import { makeWorld, type TraceLine } from '../../../simulator/world.ts';

export const place: Place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
export const operator: Caller = { kind: 'person', name: 'operator' };
const START_MS = Date.UTC(2026, 10, 23, 9);

/** What a function does: answers after some milliseconds, or throws `{errorType, errorMessage}`. */
export type TestFunction = (payload: Json) => {
  afterMs?: number;
  answer?: Json;
  error?: [string, string];
};

export const machineArn = (name: string): string =>
  `arn:aws:states:${place.region}:${place.accountId}:stateMachine:${name}`;
export const executionArn = (machine: string, name: string): string =>
  `arn:aws:states:${place.region}:${place.accountId}:execution:${machine}:${name}`;

const allowAll: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' };

export function makeAccount({ seed = 7 }: { seed?: number } = {}) {
  const trace: TraceLine[] = [];
  const events: OutgoingEvent[] = [];
  const functions = new Map<string, TestFunction>();
  const world = makeWorld({
    seed,
    startMs: START_MS,
    trace: (line) => trace.push(structuredClone(line)),
  });
  const iam = makeIam(place);
  const calls = makeCalls({ world, place, iam, services: [lambda()] });
  const stepFunctions = new StepFunctions({
    world,
    place,
    iam,
    call: calls.callAws,
    codec: makeWireCodec(),
    events: { emit: (event) => events.push(event) },
  });
  calls.addService(stepFunctions);

  function lambda(): Service {
    const invoke: Operation<{ FunctionName: string; Payload: Uint8Array }> = {
      authorize: ({ FunctionName }) => [
        {
          action: 'lambda:InvokeFunction',
          resource: `arn:aws:lambda:${place.region}:${place.accountId}:function:${FunctionName}`,
        },
      ],
      run: ({ FunctionName, Payload }) => {
        const run = functions.get(FunctionName);
        if (run === undefined) {
          throw new AwsError(
            'ResourceNotFoundException',
            `Function not found: ${FunctionName}`,
            404,
          );
        }
        const {
          afterMs = 20,
          answer = null,
          error,
        } = run(JSON.parse(new TextDecoder().decode(Payload)));
        const payload =
          error === undefined ? answer : { errorType: error[0], errorMessage: error[1] };
        const output = {
          StatusCode: 200,
          ExecutedVersion: '$LATEST',
          Payload: new TextEncoder().encode(JSON.stringify(payload)),
          ...(error === undefined ? {} : { FunctionError: 'Unhandled' }),
        };
        return new Promise((resolve) => world.after(afterMs, FunctionName, () => resolve(output)));
      },
    };
    return { client: 'client-lambda', operations: { Invoke: invoke as Operation } };
  }

  return {
    world,
    iam,
    trace,
    events,
    stepFunctions,
    functions,
    calls,
    addMachine(name: string, definition: object, statements: PolicyStatement[] = [allowAll]): void {
      const roleName = `${name}-role`;
      const roleArn = `arn:aws:iam::${place.accountId}:role/${roleName}`;
      iam.addRole({
        name: roleName,
        arn: roleArn,
        trust: {
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'states.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        },
      });
      iam.attachPolicy(roleName, 'own', { Statement: statements });
      stepFunctions.addStateMachine({
        name,
        arn: machineArn(name),
        roleArn,
        definition: JSON.stringify(definition),
      });
    },
    /** One call as the operator. */
    call(
      operation: string,
      input: object,
    ): Promise<Record<string, never> & Record<string, unknown>> {
      return calls.callAws({ caller: operator, client: 'client-sfn', operation, input }) as Promise<
        Record<string, never> & Record<string, unknown>
      >;
    },
    /** The same, run until it is answered; the error's code if it is refused. */
    async ask(
      operation: string,
      input: object,
    ): Promise<Record<string, unknown> & { code?: string }> {
      const asked = this.call(operation, input).catch((error: AwsError) => ({
        code: error.code,
        message: error.message,
      }));
      let answered = false;
      asked.finally(() => {
        answered = true;
      });
      await world.run({ stop: () => answered });
      return asked;
    },
    async start(machine: string, name: string, input: Json = {}): Promise<string> {
      await this.ask('StartExecution', {
        stateMachineArn: machineArn(machine),
        name,
        input: JSON.stringify(input),
      });
      return executionArn(machine, name);
    },
    execution(machine: string, name: string) {
      const arn = executionArn(machine, name);
      const found = stepFunctions.executions().find(({ identity }) => identity.arn === arn);
      if (found === undefined) throw new Error(`no execution ${arn}`);
      return found;
    },
    history(machine: string, name: string): string[] {
      return this.execution(machine, name).history.events.map(({ type, details }) =>
        details['name'] === undefined ? type : `${type} ${details['name']}`,
      );
    },
    secondsSinceStart: (): number => (world.nowMs() - START_MS) / 1_000,
  };
}
export type Account = ReturnType<typeof makeAccount>;
