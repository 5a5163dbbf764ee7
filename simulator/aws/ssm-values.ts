import type { ParameterTier, ParameterType, PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { AwsError } from '../contract.ts';
import { invalidParameter } from './ssm-names.ts';

/** Values, types and tiers. @see Systems Manager API Reference, "PutParameter"; User Guide, "Managing parameter tiers". */

export interface ParameterVersion {
  readonly type: ParameterType;
  readonly value: string;
  readonly version: number;
  readonly modifiedAtMs: number;
  readonly dataType: string;
  readonly tier: ParameterTier;
  readonly description: string | undefined;
}

/** "Parameter Store retains up to 100 versions"; the oldest goes when another comes. */
export const VERSIONS_MAX = 100;
const BYTES_MAX = { Standard: 4_096, Advanced: 8_192 };
const AMI = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/**
 * What a put makes of the parameter as it was.
 * @throws ValidationException without a type for a new one, HierarchyTypeMismatchException for a change of type,
 * UnsupportedParameterType.
 */
export function newVersion(
  input: PutParameterCommandInput,
  old: ParameterVersion | undefined,
): Omit<ParameterVersion, 'version' | 'modifiedAtMs'> {
  const type = input.Type ?? old?.type;
  if (type === undefined) {
    throw invalidParameter('A parameter type is required when you create a parameter.');
  }
  if (type === 'SecureString') {
    throw new AwsError('NotSimulated', 'the simulated Parameter Store has no SecureString', 501);
  }
  if (type !== 'String' && type !== 'StringList') {
    throw new AwsError('UnsupportedParameterType', `The parameter type ${type} is not supported.`);
  }
  if (old !== undefined && old.type !== type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      `The parameter type can't be changed from ${old.type} to ${type}.`,
    );
  }
  const value = input.Value ?? '';
  return {
    type,
    value,
    dataType: input.DataType ?? old?.dataType ?? 'text',
    tier: tierOf(input.Tier, value, old),
    description: input.Description ?? old?.description,
  };
}

function tierOf(
  asked: PutParameterCommandInput['Tier'],
  value: string,
  old: ParameterVersion | undefined,
): 'Standard' | 'Advanced' {
  if (asked === 'Standard' && old?.tier === 'Advanced') {
    throw invalidParameter(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  if (asked === 'Advanced' || old?.tier === 'Advanced') return 'Advanced';
  const large = Buffer.byteLength(value, 'utf8') > BYTES_MAX.Standard;
  return asked === 'Intelligent-Tiering' && large ? 'Advanced' : 'Standard';
}

/** @throws ValidationException or ParameterPatternMismatchException for a value that AWS would not store. */
export function checkValue(
  { value, tier, dataType }: Omit<ParameterVersion, 'version' | 'modifiedAtMs'>,
  allowedPattern: string | undefined,
): void {
  if (value === '') {
    throw invalidParameter(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (/\{\{.*\}\}/.test(value)) {
    throw invalidParameter(
      'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
    );
  }
  const bytes = Buffer.byteLength(value, 'utf8');
  if (tier === 'Advanced' && bytes > BYTES_MAX.Advanced) {
    throw invalidParameter(
      `Advanced tier parameters support a maximum parameter value of ${BYTES_MAX.Advanced} characters.`,
    );
  }
  if (tier !== 'Advanced' && bytes > BYTES_MAX.Standard) {
    throw invalidParameter(
      `Standard tier parameters support a maximum parameter value of ${BYTES_MAX.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    );
  }
  if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, ${value}, failed to satisfy constraint: Parameter value must match pattern ${allowedPattern}`,
    );
  }
  if (dataType === 'aws:ec2:image' && !AMI.test(value)) {
    // AWS checks this after the call has answered, and keeps the old value; refusing at once is simpler and as loud.
    throw invalidParameter(
      `The value ${value} is not a valid value for the data type aws:ec2:image.`,
    );
  }
}
