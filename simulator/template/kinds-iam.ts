import * as z from 'zod';
import type { Ec2 } from '../aws/ec2.ts';
import type { Iam, Place, PolicyDocument } from '../contract.ts';
import {
  changed,
  list,
  nameOf,
  optionalText,
  type Properties,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
  text,
  texts,
} from './resource-kind.ts';

/** Remembers what is attached to whom: declaring a role anew (its trust changed) begins without policies. */
class Roles {
  private readonly iam: Pick<Iam, 'addRole' | 'attachPolicy'>;
  private readonly attached = new Map<string, Map<string, PolicyDocument>>();

  constructor(iam: Pick<Iam, 'addRole' | 'attachPolicy'>) {
    this.iam = iam;
  }

  declare(role: { name: string; arn: string; trust: PolicyDocument }): void {
    this.iam.addRole(role);
    for (const [policyName, document] of this.attached.get(role.name) ?? []) {
      this.iam.attachPolicy(role.name, policyName, document);
    }
  }

  attach(roleName: string, policyName: string, document: PolicyDocument): void {
    const policies = this.attached.get(roleName) ?? new Map<string, PolicyDocument>();
    this.attached.set(roleName, policies.set(policyName, document));
    this.iam.attachPolicy(roleName, policyName, document);
  }

  detach(roleName: string, policyName: string): void {
    this.attached.get(roleName)?.delete(policyName);
    this.iam.attachPolicy(roleName, policyName, NOTHING);
  }
}

const ROLE_NAME_MAX = 64;
const POLICY_NAME_MAX = 128;
/** Allows nothing; attached under the same name it detaches. */
const NOTHING: PolicyDocument = { Version: '2012-10-17', Statement: [] };

/**
 * Policies of AWS that roles here may carry. Instances make no calls in this simulation, so what only they need is empty.
 * @see AWS managed policy reference
 */
const AWS_POLICIES: Readonly<Record<string, PolicyDocument>> = {
  'service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  },
  AmazonSSMManagedInstanceCore: NOTHING,
  CloudWatchAgentServerPolicy: NOTHING,
  EC2InstanceProfileForImageBuilder: NOTHING,
};

/** Roles, their policies, and instance profiles. */
export function iamKinds(parts: {
  iam: Pick<Iam, 'addRole' | 'attachPolicy'>;
  ec2: Pick<Ec2, 'registerInstanceProfile'>;
  place: Place;
}): ResourceKinds {
  const managed = new Map<string, PolicyDocument>();
  const roles = new Roles(parts.iam);
  return {
    'AWS::IAM::Role': roleKind(roles, parts.place, managed),
    'AWS::IAM::Policy': policyKind(roles),
    'AWS::IAM::ManagedPolicy': managedPolicyKind(roles, parts.place, managed),
    'AWS::IAM::InstanceProfile': instanceProfileKind(parts.ec2, parts.place),
  };
}

function roleKind(
  roles: Roles,
  place: Place,
  managed: ReadonlyMap<string, PolicyDocument>,
): ResourceKind {
  const attached = ({ properties }: ResourceRequest): readonly [string, PolicyDocument][] => [
    ...list(properties.Policies).map((policy): [string, PolicyDocument] => {
      const { PolicyDocument: document } = record(policy);
      return [text(record(policy), 'PolicyName'), policyDocument(document)];
    }),
    ...texts(properties.ManagedPolicyArns).map((arn): [string, PolicyDocument] => [
      arn.slice(arn.indexOf('/') + 1),
      managed.get(arn) ?? awsPolicy(arn),
    ]),
  ];
  const write = (request: ResourceRequest, name: string, arn: string): void => {
    roles.declare({
      name,
      arn,
      trust: policyDocument(request.properties.AssumeRolePolicyDocument),
    });
    for (const [policyName, document] of attached(request)) {
      roles.attach(name, policyName, document);
    }
  };
  return {
    understood: ['AssumeRolePolicyDocument', 'Policies', 'ManagedPolicyArns', 'RoleName', 'Path'],
    ignored: ['Description', 'MaxSessionDuration', 'Tags'],
    create: (request) => {
      const name = nameOf(request, 'RoleName', ROLE_NAME_MAX);
      const path = optionalText(request.properties, 'Path') ?? '/';
      const arn = `arn:${place.partition}:iam::${place.accountId}:role${path}${name}`;
      write(request, name, arn);
      return { ref: name, attributes: { Arn: arn, RoleId: `AROA${name}` } };
    },
    update: (request, made, before) => {
      if (
        request.properties.RoleName !== before.RoleName ||
        request.properties.Path !== before.Path
      ) {
        return undefined;
      }
      for (const [policyName] of attached({ ...request, properties: before })) {
        roles.detach(made.ref, policyName);
      }
      write(request, made.ref, String(made.attributes?.Arn));
      return made;
    },
    remove: (request, made) => {
      for (const [policyName] of attached(request)) {
        roles.detach(made.ref, policyName);
      }
    },
  };
}

function policyKind(roles: Roles): ResourceKind {
  const attach = ({ properties }: ResourceRequest): void => {
    for (const role of texts(properties.Roles)) {
      roles.attach(role, text(properties, 'PolicyName'), policyDocument(properties.PolicyDocument));
    }
  };
  const detach = (properties: Properties): void => {
    for (const role of texts(properties.Roles)) {
      roles.detach(role, text(properties, 'PolicyName'));
    }
  };
  return {
    understood: ['PolicyName', 'PolicyDocument', 'Roles'],
    create: (request) => {
      attach(request);
      return {
        ref: text(request.properties, 'PolicyName'),
        attributes: { Id: text(request.properties, 'PolicyName') },
      };
    },
    update: (request, made, before) => {
      if (request.properties.PolicyName !== before.PolicyName) {
        return undefined;
      }
      detach(before);
      attach(request);
      return made;
    },
    remove: (request) => detach(request.properties),
  };
}

function managedPolicyKind(
  roles: Roles,
  place: Place,
  managed: Map<string, PolicyDocument>,
): ResourceKind {
  const lastPart = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);
  const attach = ({ properties }: ResourceRequest, arn: string): void => {
    const document = policyDocument(properties.PolicyDocument);
    managed.set(arn, document);
    for (const role of texts(properties.Roles)) {
      roles.attach(role, lastPart(arn), document);
    }
  };
  const detach = (properties: Properties, arn: string): void => {
    for (const role of texts(properties.Roles)) {
      roles.detach(role, lastPart(arn));
    }
  };
  return {
    understood: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Path'],
    ignored: ['Description', 'Tags'],
    create: (request) => {
      const name = nameOf(request, 'ManagedPolicyName', POLICY_NAME_MAX);
      const path = optionalText(request.properties, 'Path') ?? '/';
      const arn = `arn:${place.partition}:iam::${place.accountId}:policy${path}${name}`;
      attach(request, arn);
      return { ref: arn, attributes: { PolicyArn: arn } };
    },
    update: (request, made, before) => {
      if (changed(before, request.properties, ['ManagedPolicyName', 'Path'])) {
        return undefined;
      }
      detach(before, made.ref);
      attach(request, made.ref);
      return made;
    },
    remove: (request, made) => {
      managed.delete(made.ref);
      detach(request.properties, made.ref);
    },
  };
}

function instanceProfileKind(
  ec2: Pick<Ec2, 'registerInstanceProfile'>,
  place: Place,
): ResourceKind {
  return {
    understood: ['Roles', 'InstanceProfileName', 'Path'],
    create: (request) => {
      const name = nameOf(request, 'InstanceProfileName', 128);
      const [role] = texts(request.properties.Roles);
      if (role === undefined) {
        throw new Error('an instance profile needs a role');
      }
      const account = `arn:${place.partition}:iam::${place.accountId}`;
      ec2.registerInstanceProfile({ name, roleArn: `${account}:role/${role}` });
      return { ref: name, attributes: { Arn: `${account}:instance-profile/${name}` } };
    },
    remove: () => {},
  };
}

/** @throws Error for a policy whose statements are not known here: it could allow anything */
function awsPolicy(arn: string): PolicyDocument {
  const name = arn.slice(arn.indexOf(':policy/') + ':policy/'.length);
  const document = AWS_POLICIES[name];
  if (document === undefined) {
    throw new Error(`unsupported managed policy ${arn}`);
  }
  return document;
}

const withStatement = z.custom<PolicyDocument>(
  (document) => typeof document === 'object' && document !== null && 'Statement' in document,
);

/** A policy document, which only the evaluator of policies reads. */
export const policyDocument = (value: unknown): PolicyDocument => withStatement.parse(value);
