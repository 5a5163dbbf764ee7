import type { Invariant } from './witness.ts';

/** How the services word a refusal of IAM. */
const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError|NoPermission/;

/** 9. Every AWS call made is allowed by the caller's role. */
export const everyCallIsAllowed: Invariant = (_witness, broke) => ({
  line: (line) => {
    if (line.kind !== 'call' || line.error === undefined || !DENIED.test(line.error.name)) return;
    broke(`${line.caller} may not ${line.operation} (${line.service}): ${line.error.message}`);
  },
});
