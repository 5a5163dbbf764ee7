import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { SSMClient } from './clients/ssm.ts';

export interface ParameterReading {
  readonly value: string;
  /** Rises with every change of the value; 0 where Systems Manager does not say. */
  readonly version: number;
}

/** @throws Error when there is no such parameter, or it has no value */
export async function readParameter(client: SSMClient, name: string): Promise<ParameterReading> {
  const { Parameter: found } = await client.send(new GetParameterCommand({ Name: name }));
  if (found?.Value === undefined) throw new Error(`parameter ${name} has no value`);
  return { value: found.Value, version: found.Version ?? 0 };
}
