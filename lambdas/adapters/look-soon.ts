import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { LambdaClient } from './clients/lambda.ts';
import { log } from './entry.ts';
import { findParked } from './parking.ts';

/**
 * Has a parked execution looked at soon, and awaits nothing. What comes of it is no matter: the safety net looks all the
 * same. Looking twice does no harm.
 */
export async function lookSoon(
  client: LambdaClient,
  functionName: string,
  executionArn: string,
): Promise<void> {
  try {
    const parked = await findParked(executionArn);
    if (parked === undefined) return;
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
