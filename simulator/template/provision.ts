import type { CallContext, Operation, Service, World } from '../contract.ts';

/**
 * Makes a call of a service as CloudFormation. Its calls are not judged: what a deployment may do is not simulated.
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
  return operation.run(input, asCloudFormation(world));
}

export function asCloudFormation(world: World): CallContext {
  return {
    caller: { kind: 'service', principal: 'cloudformation.amazonaws.com' },
    nowMs: world.nowMs(),
    require: () => {},
    allows: () => true,
  };
}
