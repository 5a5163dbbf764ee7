import { createHash } from 'node:crypto';
import type { Json, Place } from '../contract.ts';
import {
  generatedName,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
} from './resource-kind.ts';

/**
 * Resources that are only referred to: nothing in the simulation behaves differently because of them. Each has the shape of
 * its id, and the attributes that templates ask for.
 */
interface Inert {
  /** Begins an id of 17 hexadecimal digits; absent: a name. */
  readonly idPrefix?: string;
  readonly attributes?: (
    ref: string,
    request: ResourceRequest,
    place: Place,
  ) => Readonly<Record<string, Json>>;
}

const ec2 = (idPrefix: string, attribute?: string): Inert => ({
  idPrefix,
  attributes: (ref) => (attribute === undefined ? {} : { [attribute]: ref }),
});

const withArn = (service: string, kind: string): Inert => ({
  attributes: (ref, _request, place) => ({
    Arn: `arn:${place.partition}:${service}:${place.region}:${place.accountId}:${kind}${ref}`,
  }),
});

const INERT: Readonly<Record<string, Inert>> = {
  'AWS::CDK::Metadata': {},
  'AWS::CloudFormation::WaitConditionHandle': {},
  'AWS::EC2::VPC': {
    idPrefix: 'vpc',
    attributes: (ref, request) => ({
      VpcId: ref,
      CidrBlock: request.properties.CidrBlock ?? '10.0.0.0/16',
      DefaultSecurityGroup: `sg-${hex(request, 'default')}`,
      DefaultNetworkAcl: `acl-${hex(request, 'default')}`,
    }),
  },
  'AWS::EC2::Subnet': {
    idPrefix: 'subnet',
    attributes: (ref, request) => ({
      SubnetId: ref,
      AvailabilityZone: request.properties.AvailabilityZone ?? '',
      VpcId: request.properties.VpcId ?? '',
      CidrBlock: request.properties.CidrBlock ?? '',
    }),
  },
  'AWS::EC2::RouteTable': ec2('rtb', 'RouteTableId'),
  'AWS::EC2::SubnetRouteTableAssociation': ec2('rtbassoc'),
  'AWS::EC2::Route': ec2('r'),
  'AWS::EC2::InternetGateway': ec2('igw', 'InternetGatewayId'),
  'AWS::EC2::VPCGatewayAttachment': ec2('attach'),
  'AWS::EC2::NatGateway': ec2('nat', 'NatGatewayId'),
  'AWS::EC2::EIP': ec2('eipalloc', 'AllocationId'),
  'AWS::EC2::VPCEndpoint': ec2('vpce', 'Id'),
  'AWS::EC2::FlowLog': ec2('fl', 'Id'),
  'AWS::EC2::SecurityGroup': {
    idPrefix: 'sg',
    attributes: (ref, request) => ({ GroupId: ref, VpcId: request.properties.VpcId ?? '' }),
  },
  'AWS::EC2::SecurityGroupIngress': ec2('sgr', 'Id'),
  'AWS::EC2::SecurityGroupEgress': ec2('sgr', 'Id'),
  'AWS::KMS::Alias': {},
  'AWS::CloudWatch::Dashboard': {},
  'AWS::Logs::QueryDefinition': {},
  'AWS::Logs::MetricFilter': {},
  'AWS::S3::Bucket': {
    attributes: (ref, _request, place) => ({
      Arn: `arn:${place.partition}:s3:::${ref}`,
      DomainName: `${ref}.s3.amazonaws.com`,
      RegionalDomainName: `${ref}.s3.${place.region}.amazonaws.com`,
    }),
  },
  'AWS::S3::BucketPolicy': {},
  'AWS::SSM::Document': withArn('ssm', 'document/'),
};

export function inertKinds(place: Place): ResourceKinds {
  return Object.fromEntries(
    Object.entries(INERT).map(([type, inert]) => [type, inertKind(inert, place)]),
  );
}

function inertKind({ idPrefix, attributes }: Inert, place: Place): ResourceKind {
  return {
    understood: ['*'],
    create: (request) => {
      const ref =
        idPrefix === undefined ? generatedName(request, 63) : `${idPrefix}-${hex(request, '')}`;
      return { ref, attributes: attributes?.(ref, request, place) ?? {} };
    },
    update: (_request, made) => made,
    remove: () => {},
  };
}

/** 17 hexadecimal digits that belong to this resource. */
function hex({ stack, logicalId, generation }: ResourceRequest, what: string): string {
  return createHash('sha256')
    .update(`${stack}/${logicalId}/${generation}/${what}`)
    .digest('hex')
    .slice(0, 17);
}
