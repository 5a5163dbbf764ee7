import type { AttributeDefinition, KeySchemaElement, Projection } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { DynamoDb } from '../aws/dynamo-db.ts';
import type { TableDefinition } from '../aws/dynamo-db-table.ts';
import type { Place } from '../contract.ts';
import { Lasting } from './lasting.ts';
import {
  changed,
  nameOf,
  optionalBoolean,
  optionalText,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
} from './resource-kind.ts';

const KEY_PROPERTIES = [
  'TableName',
  'KeySchema',
  'AttributeDefinitions',
  'GlobalSecondaryIndexes',
  'TimeToLiveSpecification',
];
const HARMLESS = [
  ...[
    'BillingMode',
    'OnDemandThroughput',
    'PointInTimeRecoverySpecification',
    'SSESpecification',
    'DeletionProtectionEnabled',
  ],
  ...['Tags', 'TableClass', 'ContributorInsightsSpecification', 'WarmThroughput'],
];

/** Tables. What a table holds survives every change in place; a change of keys makes a new, empty one. */
export function dataKinds(parts: { dynamoDb: DynamoDb; place: Place }): ResourceKinds {
  return {
    'AWS::DynamoDB::Table': tableKind(parts, []),
    'AWS::DynamoDB::GlobalTable': tableKind(parts, ['Replicas']),
  };
}

function tableKind(
  { dynamoDb, place }: { dynamoDb: DynamoDb; place: Place },
  more: readonly string[],
): ResourceKind {
  const tables = new Lasting((definition: TableDefinition) => dynamoDb.addTable(definition));
  return {
    understood: KEY_PROPERTIES,
    ignored: [...HARMLESS, ...more],
    create: (request) => {
      const tableName = nameOf(request, 'TableName', 255);
      const arn = `arn:${place.partition}:dynamodb:${place.region}:${place.accountId}:table/${tableName}`;
      tables.make(arn, { tableName, arn, ...tableKeys(request) });
      return { ref: tableName, attributes: { Arn: arn, TableId: tableName } };
    },
    update: (request, made, before) =>
      changed(before, request.properties, KEY_PROPERTIES) ? undefined : made,
    // See `Lasting`.
    remove: () => {},
  };
}

const Keys = z.object({
  KeySchema: z.custom<readonly KeySchemaElement[]>(Array.isArray),
  AttributeDefinitions: z.custom<readonly AttributeDefinition[]>(Array.isArray),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: z.custom<readonly KeySchemaElement[]>(Array.isArray),
        Projection: z.custom<Projection>(),
      }),
    )
    .default([]),
});

function tableKeys(request: ResourceRequest) {
  const keys = Keys.parse(request.properties);
  const ttl = record(request.properties.TimeToLiveSpecification);
  const ttlAttribute =
    optionalBoolean(ttl, 'Enabled') === true ? optionalText(ttl, 'AttributeName') : undefined;
  return {
    keySchema: keys.KeySchema,
    attributeDefinitions: keys.AttributeDefinitions,
    indexes: keys.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
      indexName: IndexName,
      keySchema: KeySchema,
      projection: Projection,
    })),
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
  };
}
