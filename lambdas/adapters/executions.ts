import {
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { isAws } from './aws-errors.ts';

/**
 * How long an execution may be unknown to DescribeExecution after it has begun: "This API action is eventually
 * consistent" (API reference), in practice within seconds. As long as Recover asks again whether a rollout that it stopped
 * has ended.
 */
const KNOWN_AFTER_SECONDS = 300;

/** Who is asked about: an execution, and since when it is known to own something. */
export interface Holder {
  readonly executionArn: string;
  /** When a lock of its was taken (ISO 8601 UTC); absent when it owns nothing. */
  readonly acquiredAt?: string | undefined;
}

/**
 * Whether the execution has ended. One that AWS does not know has, when it is forgotten (90 days after its end); but one
 * that took a lock a moment ago has only just begun, and is not known yet.
 */
export async function hasEnded(
  client: SFNClient,
  { executionArn, acquiredAt }: Holder,
  nowMs: number,
): Promise<boolean> {
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
  } catch (error) {
    if (!isAws(error, 'ExecutionDoesNotExist')) throw error;
    if (acquiredAt === undefined) return true;
    return nowMs - Date.parse(acquiredAt) >= KNOWN_AFTER_SECONDS * 1000;
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
    if (isAws(error, 'ExecutionDoesNotExist')) {
      return 'AWS does not know it (any more): its history is gone 90 days after its end';
    }
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
