import type { DescribeParametersCommandInput } from '@aws-sdk/client-ssm';
import type { ParameterVersion } from './ssm-values.ts';

/** Whether a name passes a filter by `Name` or `Path`. */
export function matches(
  name: string,
  {
    Key,
    Option,
    Values = [],
  }: NonNullable<DescribeParametersCommandInput['ParameterFilters']>[number],
): boolean {
  return Values.some((value) => {
    if (Key === 'Path') {
      const prefix = value.endsWith('/') ? value : `${value}/`;
      const rest = name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
      return rest !== undefined && (Option === 'Recursive' || !rest.includes('/'));
    }
    if (Option === 'BeginsWith') return name.startsWith(value);
    return Option === 'Contains' ? name.includes(value) : name === value;
  });
}

/** What describes a parameter without its value. */
export function metadata(name: string, version: ParameterVersion) {
  return {
    Name: name,
    Type: version.type,
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAtMs),
    Tier: version.tier,
    DataType: version.dataType,
    Policies: [],
    ...(version.description === undefined ? {} : { Description: version.description }),
  };
}
