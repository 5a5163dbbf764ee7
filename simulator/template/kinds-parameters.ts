import type { Ssm } from '../aws/ssm.ts';
import { AwsError, type Place, type World } from '../contract.ts';
import { asCloudFormation } from './provision.ts';
import {
  changed,
  nameOf,
  optionalText,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  text,
} from './resource-kind.ts';

/** SSM parameters. */
export function parameterKinds(parts: { ssm: Ssm; world: World; place: Place }): ResourceKinds {
  return { 'AWS::SSM::Parameter': parameterKind(parts) };
}

function parameterKind({ ssm, world }: { ssm: Ssm; world: World }): ResourceKind {
  const put = (request: ResourceRequest, name: string, overwrite: boolean) => {
    const { properties } = request;
    const type = text(properties, 'Type');
    if (type !== 'String' && type !== 'StringList') {
      throw new Error(`unsupported parameter type ${type}`);
    }
    const value = text(properties, 'Value');
    ssm.operations.PutParameter.run(
      {
        Name: name,
        Type: type,
        Value: value,
        Description: optionalText(properties, 'Description'),
        DataType: optionalText(properties, 'DataType'),
        AllowedPattern: optionalText(properties, 'AllowedPattern'),
        Tier: tierOf(optionalText(properties, 'Tier')),
        Overwrite: overwrite,
      },
      asCloudFormation(world),
    );
    return { ref: name, attributes: { Type: type, Value: value } };
  };
  return {
    understood: ['Name', 'Type', 'Value', 'Description', 'DataType', 'AllowedPattern', 'Tier'],
    ignored: ['Tags'],
    create: (request) => put(request, nameOf(request, 'Name', 1011), false),
    update: (request, made, before) =>
      changed(before, request.properties, ['Name', 'Type'])
        ? undefined
        : put(request, made.ref, true),
    remove: (_request, made) => {
      try {
        ssm.operations.DeleteParameter.run({ Name: made.ref }, asCloudFormation(world));
      } catch (error) {
        // Somebody else deleted it before: what is wanted is already so.
        if (!(error instanceof AwsError) || error.code !== 'ParameterNotFound') {
          throw error;
        }
      }
    },
  };
}

function tierOf(tier: string | undefined) {
  if (
    tier === undefined ||
    tier === 'Standard' ||
    tier === 'Advanced' ||
    tier === 'Intelligent-Tiering'
  ) {
    return tier;
  }
  throw new Error(`unknown tier ${tier}`);
}
