import type { Invariant, WitnessedDenial } from './witness.ts';

/** How the services word a refusal of IAM. */
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError|NoPermission/;

/**
 * 9. Every AWS call made is allowed by the caller's role; so is all that a service does on a role's behalf without a call
 * that could be seen to fail: logs, polls, deliveries.
 */
export const everyCallIsAllowed: Invariant = (witness, broke) => {
  /** What the denied calls asked for, by role and operation: these have been told of in the caller's words. */
  const calls = new Set<string>();
  let told = 0;
  let heard = 0;

  const tell = (until: number): void => {
    const denials = witness.denials?.() ?? [];
    for (const denial of denials.slice(told, until)) {
      if (!calls.has(`${denial.who} ${operationOf(denial)}`)) broke(sentence(denial));
    }
    told = Math.max(told, until);
    heard = denials.length;
  };
  return {
    line: (line) => {
      if (line.kind !== 'call' || line.error === undefined || !DENIED.test(line.error.name)) return;
      calls.add(`${line.role} ${line.operation}`);
      broke(`${line.caller} may not ${line.operation} (${line.service}): ${line.error.message}`);
    },
    // A minute late: the answer of a call that was denied is still under way for a moment.
    minute: () => tell(heard),
    end: () => tell(Number.POSITIVE_INFINITY),
  };
};

const operationOf = ({ action }: WitnessedDenial): string => action.slice(action.indexOf(':') + 1);

const sentence = ({ who, action, resource, why }: WitnessedDenial): string =>
  `${who} may not ${action} on ${resource}: ${why}`;
