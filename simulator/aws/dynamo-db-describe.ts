import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo-db-table.ts';
import { itemSizeBytes } from './dynamo-db-value.ts';

/** A table as DescribeTable shows it: on demand, active. */
export function describeTable(table: Table): TableDescription {
  const { definition } = table;
  const items = table.all(true);
  const TableSizeBytes = items.reduce((sum, item) => sum + itemSizeBytes(item), 0);
  return {
    TableName: definition.tableName,
    TableArn: definition.arn,
    TableStatus: 'ACTIVE',
    KeySchema: [...definition.keySchema],
    AttributeDefinitions: [...definition.attributeDefinitions],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: {
      ReadCapacityUnits: 0,
      WriteCapacityUnits: 0,
      NumberOfDecreasesToday: 0,
    },
    CreationDateTime: new Date(table.createdAtMs),
    ItemCount: items.length,
    TableSizeBytes,
    ...(definition.indexes?.length
      ? {
          GlobalSecondaryIndexes: definition.indexes.map((index) => ({
            IndexName: index.indexName,
            IndexArn: `${definition.arn}/index/${index.indexName}`,
            IndexStatus: 'ACTIVE' as const,
            KeySchema: [...index.keySchema],
            Projection: index.projection,
          })),
        }
      : {}),
  };
}
