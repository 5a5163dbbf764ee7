import { AwsError, type Caller, type Permission, type Place } from '../contract.ts';
import { callerArn } from './principals.ts';

interface Wording {
  readonly code: string;
  readonly status: number;
  readonly prefix?: string;
  /** Leaves `on resource: *` out, where an action knows no resources. */
  readonly omitsAnyResource?: true;
}

const query: Wording = { code: 'AccessDenied', status: 403, omitsAnyResource: true };
const json: Wording = { code: 'AccessDeniedException', status: 400 };
const rest: Wording = { code: 'AccessDeniedException', status: 403 };

const wordings: Readonly<Record<string, Wording>> = {
  'client-auto-scaling': query,
  'client-cloudwatch': query,
  'client-elastic-load-balancing-v2': query,
  'client-ec2': {
    code: 'UnauthorizedOperation',
    status: 403,
    prefix: 'You are not authorized to perform this operation. ',
    omitsAnyResource: true,
  },
  'client-sns': { code: 'AuthorizationError', status: 403 },
  'client-sqs': { code: 'AccessDenied', status: 403 },
  'client-imagebuilder': rest,
  'client-lambda': rest,
  'client-scheduler': rest,
};

/**
 * What a service answers when IAM refuses. JSON services that are not listed answer alike.
 * EC2's encoded authorization message is left out: nothing here could decode it.
 * @param why the `why` of the decision; without it, that no identity-based policy allows the action
 * @see IAM user guide, "Troubleshoot access denied error messages"
 */
export function deniedError(
  client: string,
  caller: Caller,
  permission: Permission,
  place: Place,
  why = `because no identity-based policy allows the ${permission.action} action`,
): AwsError {
  const { code, status, prefix = '', omitsAnyResource } = wordings[client] ?? json;
  const { action, resource } = permission;
  const on = resource === '*' && omitsAnyResource ? '' : ` on resource: ${resource}`;
  const who = callerArn(caller, place);
  const message = `${prefix}User: ${who} is not authorized to perform: ${action}${on} ${why}`;
  return new AwsError(code, message, status);
}
