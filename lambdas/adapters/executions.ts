import {
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { isAws } from './aws-errors.ts';

/** Whether the execution has ended, or AWS does not know it any more (90 days after its end). */
export async function hasEnded(client: SFNClient, executionArn: string): Promise<boolean> {
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
  } catch (error) {
    if (isAws(error, 'ExecutionDoesNotExist')) return true;
    throw error;
  }
}

/** How it ended, in a person's words: `ABORTED: stopped in the console`. */
export async function howItEnded(client: SFNClient, executionArn: string): Promise<string> {
  try {
    const { status, error, cause } = await client.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    return [status, error, cause].filter((part) => part !== undefined && part !== '').join(': ');
  } catch (error) {
    if (isAws(error, 'ExecutionDoesNotExist')) return 'ended more than 90 days ago';
    throw error;
  }
}

/** Stops it if it runs. Idempotent: stopping what has ended changes nothing. */
export async function stop(client: SFNClient, executionArn: string, cause: string): Promise<void> {
  try {
    await client.send(
      new StopExecutionCommand({ executionArn, error: 'TakenOver', cause: cause.slice(0, 1000) }),
    );
  } catch (error) {
    if (!isAws(error, 'ExecutionDoesNotExist')) throw error;
  }
}

/**
 * Starts an execution once per name. `existed`: one of that name ran before and has ended. A running one of the same
 * name and input is answered as started (Step Functions API, StartExecution, "Idempotency").
 */
export async function start(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: unknown,
): Promise<'started' | 'existed'> {
  try {
    await client.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return 'started';
  } catch (error) {
    if (isAws(error, 'ExecutionAlreadyExists')) return 'existed';
    throw error;
  }
}
