import { expression, type Json, type States } from './asl.ts';
import { callFunction, tell } from './tasks.ts';

export interface Ask {
  /** What the state is called that tells people. */
  readonly state: string;
  readonly withLinks: boolean;
  /** An expression of at most 100 characters. */
  readonly subject: string;
  readonly message: {
    /** Why it is asked. */
    readonly reason: string;
    /** What happens when nobody answers. */
    readonly otherwise: string;
    readonly [key: string]: Json;
  };
  readonly next: string;
}

/**
 * Tells people of a question. The item of the question is in the ledger, and `$question` names it: `{pk, sk, subject}`. With
 * links a function tells, so that no history of an execution shows them; when it cannot, people are told without.
 */
export function ask({ state, withLinks, subject, message, next }: Ask): States {
  const told = tell({
    comment:
      'The message says what the gates saw, until when an answer counts, and how to give it.',
    ...{ subject, message, next },
  });
  if (!withLinks) return { [state]: told };
  const without = `${state} without a link`;
  return {
    [state]: callFunction('AskPeopleFunction', {
      comment:
        'The message holds a signed link, which must stand in no history: so a function sends it.',
      payload: {
        question: expression('$question'),
        executionArn: expression('$states.context.Execution.Id'),
        asked: message.reason,
        otherwise: message.otherwise,
        notification: { subject, message },
      },
      next,
      // Nothing is assigned: that people hear of it the other way is no failure of the rollout.
      catch: [{ ErrorEquals: ['States.ALL'], Next: without }],
    }),
    [without]: told,
  };
}
