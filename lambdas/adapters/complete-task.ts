import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { isAws } from './aws-errors.ts';

/**
 * Sends the decision. False when the task is closed or its time ran out: another look, or the safety net, was first.
 * @see Step Functions API, SendTaskSuccess: TaskTimedOut also means that the task has ended already
 */
export async function completeTask(
  client: SFNClient,
  token: string,
  output: unknown,
): Promise<boolean> {
  try {
    const command = new SendTaskSuccessCommand({
      taskToken: token,
      output: JSON.stringify(output),
    });
    await client.send(command);
    return true;
  } catch (error) {
    if (isAws(error, 'TaskTimedOut', 'TaskDoesNotExist')) return false;
    throw error;
  }
}
