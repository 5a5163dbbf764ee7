import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Parked } from '../core/ledger.ts';
import type { LambdaClient } from './clients/lambda.ts';
import { log } from './entry.ts';
import { findParked } from './parking.ts';

/**
 * Has a parked execution looked at soon, and awaits nothing. What comes of it is no matter: the safety net looks all the
 * same. Looking twice does no harm.
 *
 * @param supervisors names of the functions that look; whom none of them looks for is left to the safety net
 */
export async function lookSoon(
  client: LambdaClient,
  supervisors: Readonly<Partial<Record<Parked['supervisor'], string>>>,
  executionArn: string,
): Promise<void> {
  try {
    const parked = await findParked(executionArn);
    const functionName = parked && supervisors[parked.supervisor];
    if (functionName === undefined) return;
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: new TextEncoder().encode(JSON.stringify({ look: { parked } })),
      }),
    );
  } catch (error) {
    log('ERROR', 'look not asked for', { executionArn, error: String(error) });
  }
}
