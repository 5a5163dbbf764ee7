import type { CallContext, Operation, Service, World } from '../contract.ts';
import { checkInput, checkOutput } from '../models/models.ts';

/**
 * Makes a call of a service as CloudFormation. Its calls are not judged: what a deployment may do is not simulated.
 * What it asks is checked as any call is, for it asks the same services.
 * @throws what the service answers
 */
export function provision(
  world: World,
  service: Service,
  operationName: string,
  input: unknown,
): unknown {
  // The table is typed by each service; here the input is what a template says.
  const operation = service.operations[operationName] as Operation<unknown, unknown> | undefined;
  if (operation === undefined) {
    throw new Error(`${service.client} has no operation ${operationName}`);
  }
  const call = { client: service.client, operation: operationName };
  checkInput(call, input);
  const output = operation.run(input, asCloudFormation(world));
  checkOutput(call, output);
  return output;
}

export function asCloudFormation(world: World): CallContext {
  return {
    caller: { kind: 'service', principal: 'cloudformation.amazonaws.com' },
    nowMs: world.nowMs(),
    require: () => {},
    allows: () => true,
  };
}
