import { AwsError, type Place } from '../contract.ts';

/** Names, ARNs and selectors of parameters. @see Systems Manager User Guide, "Creating Parameter Store parameters". */

const LEVELS_MAX = 15;

export interface ParameterReference {
  readonly name: string;
  /** `:3` or `:label` behind the name. */
  readonly selector: string | undefined;
}

export const invalidParameter = (message: string) => new AwsError('ValidationException', message);

/** Public parameters belong to AWS: their ARNs have no account. */
export function parameterArn(name: string, { partition, region, accountId }: Place): string {
  const account = isPublic(name) ? '' : accountId;
  return `arn:${partition}:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

export const isPublic = (name: string) => /^\/aws\//i.test(name);

/** Reads a name or an ARN, with or without a version or label behind it. */
export function readReference(text: string): ParameterReference {
  const arn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter(\/[^:]+)(?::(.+))?$/.exec(text);
  if (arn !== null) {
    const path = arn[1] ?? '';
    // A name of one level has no slash in front of it, but its ARN has.
    const name = path.indexOf('/', 1) === -1 ? path.slice(1) : path;
    return { name, selector: arn[2] };
  }
  const colon = text.indexOf(':');
  if (colon === -1) return { name: text, selector: undefined };
  return { name: text.slice(0, colon), selector: text.slice(colon + 1) };
}

/** @throws ValidationException, HierarchyLevelLimitExceededException or AccessDeniedException for names AWS refuses. */
export function checkNewName(name: string): void {
  if (isPublic(name) || /^\/?(aws|ssm)/i.test(name)) {
    if (isPublic(name)) {
      throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
    }
    throw invalidParameter(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw invalidParameter('Parameter name must be a fully qualified name.');
  }
  if (!/^(?:\/?[A-Za-z0-9_.-]+)(?:\/[A-Za-z0-9_.-]+)*$/.test(name)) {
    throw invalidParameter(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (name.split('/').length - 1 > LEVELS_MAX) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${LEVELS_MAX} levels.`,
    );
  }
}
