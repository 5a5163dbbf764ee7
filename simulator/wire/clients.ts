import { createRequire } from 'node:module';
import { type Shape, type StructShape, shapeOf, type Traits, traitsOf } from './shape.ts';

/** How a client's requests look on the wire. Several services still understand an older one, see `codec.ts`. */
export type Protocol = 'query' | 'ec2' | 'json-1.0' | 'json-1.1' | 'rest' | 'cbor';

interface ClientFacts {
  /** The SDK package's name without scope, as the handler tables and traces say it. */
  readonly client: string;
  /** Of its schemas. */
  readonly namespace: string;
  /** The service name in a signature's credential scope. */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** The prefix of `x-amz-target`, and the service's name in a CBOR path. */
  readonly target?: string;
  /** The XML namespace of answers in a query protocol. */
  readonly xmlNamespace?: string;
  /** Moved from query to JSON and still tells the old error code in `x-amzn-query-error`. */
  readonly queryCompatible?: true;
}

const doc = (host: string, version: string): string =>
  `http://${host}.amazonaws.com/doc/${version}/`;

/** From `runtimeConfig.shared.js` of each client; making a client to ask it would warn about the version of Node. */
const facts: readonly ClientFacts[] = [
  {
    client: 'client-auto-scaling',
    namespace: 'com.amazonaws.autoscaling',
    signingName: 'autoscaling',
    protocol: 'query',
    xmlNamespace: doc('autoscaling', '2011-01-01'),
  },
  {
    client: 'client-cloudwatch',
    namespace: 'com.amazonaws.cloudwatch',
    signingName: 'monitoring',
    protocol: 'json-1.0',
    target: 'GraniteServiceVersion20100801',
    xmlNamespace: doc('monitoring', '2010-08-01'),
    queryCompatible: true,
  },
  {
    client: 'client-dynamodb',
    namespace: 'com.amazonaws.dynamodb',
    signingName: 'dynamodb',
    protocol: 'json-1.0',
    target: 'DynamoDB_20120810',
  },
  {
    client: 'client-ec2',
    namespace: 'com.amazonaws.ec2',
    signingName: 'ec2',
    protocol: 'ec2',
    xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15',
  },
  {
    client: 'client-elastic-load-balancing-v2',
    namespace: 'com.amazonaws.elasticloadbalancingv2',
    signingName: 'elasticloadbalancing',
    protocol: 'query',
    xmlNamespace: doc('elasticloadbalancing', '2015-12-01'),
  },
  {
    client: 'client-eventbridge',
    namespace: 'com.amazonaws.eventbridge',
    signingName: 'events',
    protocol: 'json-1.1',
    target: 'AWSEvents',
  },
  {
    client: 'client-imagebuilder',
    namespace: 'com.amazonaws.imagebuilder',
    signingName: 'imagebuilder',
    protocol: 'rest',
  },
  {
    client: 'client-kms',
    namespace: 'com.amazonaws.kms',
    signingName: 'kms',
    protocol: 'json-1.1',
    target: 'TrentService',
  },
  {
    client: 'client-lambda',
    namespace: 'com.amazonaws.lambda',
    signingName: 'lambda',
    protocol: 'rest',
  },
  {
    client: 'client-scheduler',
    namespace: 'com.amazonaws.scheduler',
    signingName: 'scheduler',
    protocol: 'rest',
  },
  {
    client: 'client-sfn',
    namespace: 'com.amazonaws.sfn',
    signingName: 'states',
    protocol: 'json-1.0',
    target: 'AWSStepFunctions',
  },
  {
    client: 'client-sns',
    namespace: 'com.amazonaws.sns',
    signingName: 'sns',
    protocol: 'query',
    xmlNamespace: doc('sns', '2010-03-31'),
  },
  {
    client: 'client-sqs',
    namespace: 'com.amazonaws.sqs',
    signingName: 'sqs',
    protocol: 'json-1.0',
    target: 'AmazonSQS',
    xmlNamespace: doc('queue', '2012-11-05'),
    queryCompatible: true,
  },
  {
    client: 'client-ssm',
    namespace: 'com.amazonaws.ssm',
    signingName: 'ssm',
    protocol: 'json-1.1',
    target: 'AmazonSSM',
  },
];

export interface OperationShape {
  readonly name: string;
  readonly traits: Traits;
  readonly input: Shape;
  readonly output: Shape;
}

export interface ErrorShape {
  readonly name: string;
  readonly shape: StructShape;
  /** What an awsQuery service writes as `Code`; otherwise the name. */
  readonly queryCode: string;
  readonly status: number;
}

export interface ClientSchema extends ClientFacts {
  readonly operations: ReadonlyMap<string, OperationShape>;
  /** @param code the SDK's name of the error, or its code in a query protocol. */
  errorOf(code: string): ErrorShape | undefined;
  readonly errors: readonly ErrorShape[];
}

const factsByClient = new Map(facts.map((each) => [each.client, each]));
const clientBySigningName = new Map(facts.map((each) => [each.signingName, each.client]));

export const clientNames: readonly string[] = facts.map((each) => each.client);

/** The client whose requests are signed for this service: `states` gives `client-sfn`. */
export const clientSigningAs = (service: string): string | undefined =>
  clientBySigningName.get(service);

const clientByNamespace = new Map(facts.map((each) => [each.namespace, each.client]));

/** The client with schemas of this namespace: `com.amazonaws.sfn` gives `client-sfn`. */
export const clientOfNamespace = (namespace: string): string | undefined =>
  clientByNamespace.get(namespace);

const loaded = new Map<string, ClientSchema>();
const require = createRequire(import.meta.url);

/**
 * A client's schemas, read when first asked: all clients together take more than half a second.
 * @throws Error for a client that the simulator does not know.
 */
export function schemaOf(client: string): ClientSchema {
  const before = loaded.get(client);
  if (before !== undefined) return before;
  const known = factsByClient.get(client);
  if (known === undefined) throw new Error(`no wire schema for ${client}`);
  const schema = readSchema(known, require(`@aws-sdk/${client}`) as Record<string, unknown>);
  loaded.set(client, schema);
  return schema;
}

function readSchema(known: ClientFacts, exported: Record<string, unknown>): ClientSchema {
  const schemas = Object.values(exported).filter((each) => Array.isArray(each) && each.length >= 5);
  const operations = new Map<string, OperationShape>();
  const errors: ErrorShape[] = [];
  for (const schema of schemas as unknown[][]) {
    const name = String(schema[2]);
    if (schema[0] === 9) {
      operations.set(name, operationShape(name, schema));
    }
    // The base class of a client's errors stands in a synthetic namespace and never travels.
    if (schema[0] === -3 && !String(schema[1]).startsWith('smithy.ts.sdk.synthetic')) {
      errors.push(errorShape(name, schema));
    }
  }
  const byCode = new Map(errors.map((each) => [each.queryCode, each]));
  for (const each of errors) byCode.set(each.name, each);
  return { ...known, operations, errors, errorOf: (code) => byCode.get(code) };
}

/** Shapes are made when the operation is first used: EC2 has thousands. */
function operationShape(name: string, schema: readonly unknown[]): OperationShape {
  let input: Shape | undefined;
  let output: Shape | undefined;
  return {
    name,
    traits: traitsOf(schema[3]),
    get input() {
      input ??= shapeOf(schema[4]);
      return input;
    },
    get output() {
      output ??= shapeOf(schema[5]);
      return output;
    },
  };
}

function errorShape(name: string, schema: readonly unknown[]): ErrorShape {
  const traits = traitsOf(schema[3]);
  const status =
    traits.awsQueryError?.[1] ?? traits.httpError ?? (traits.error === 'server' ? 500 : 400);
  const shape = shapeOf(schema);
  if (shape.kind !== 'struct') throw new Error(`error ${name} is no structure`);
  return { name, shape, queryCode: traits.awsQueryError?.[0] ?? name, status };
}
