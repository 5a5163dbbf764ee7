import type {
  AwsError,
  CallContext,
  Operation,
  Place,
  Service,
} from '../../../simulator/contract.ts';
import { checkOutput } from '../../../simulator/models/models.ts';

export const place: Place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

/** Asks a service as its administrator, without latency. */
export function ask<S extends Service, Name extends keyof S['operations'] & string>(
  service: S,
  name: Name,
  input: Parameters<S['operations'][Name]['run']>[0],
  nowMs = 0,
): Awaited<ReturnType<S['operations'][Name]['run']>> {
  const context: CallContext = {
    caller: { kind: 'person', name: 'test' },
    nowMs,
    require: () => {},
    allows: () => true,
  };
  const operation = service.operations[name] as unknown as Operation<unknown, never>;
  operation.authorize(input, context);
  const output = operation.run(input, context);
  const call = { client: service.client, operation: name };
  if (output instanceof Promise) {
    return output.then((late) => {
      checkOutput(call, late);
      return late;
    }) as never;
  }
  checkOutput(call, output);
  return output as never;
}

/** Name and message of what a call is refused with. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    const { name, message } = error as AwsError;
    return `${name}: ${message}`;
  }
  return 'accepted';
}
