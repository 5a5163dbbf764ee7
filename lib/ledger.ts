import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { on, type Right, when } from './rights.ts';

/** What a function does with items. */
export type LedgerAct =
  | 'get'
  | 'query'
  | 'put'
  | 'update'
  | 'delete'
  /** A condition on an item that a transaction does not change. */
  | 'check';

/** DynamoDB has no action for a transaction: its items' actions are what is asked for. */
const actionOf: Readonly<Record<LedgerAct, string>> = {
  // One by one or together: the table's adapter has one way to read items.
  get: 'dynamodb:BatchGetItem',
  query: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
};

export interface LedgerProps {
  /**
   * What becomes of the table when it leaves the stack. Anything but `DESTROY` also protects it from deletion.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;
}

/** The durable record of causes, releases, image versions, fleets, locks. `docs/ledger.md` is its layout. */
export class Ledger extends Construct {
  readonly table: dynamodb.ITable;

  constructor(scope: Construct, id: string, props: LedgerProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new dynamodb.Table(this, 'Resource', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
  }

  /**
   * Item by item: no scan, no change of the table itself. `partitions` are patterns of the partition keys that it is held to,
   * where it is.
   */
  right(acts: readonly LedgerAct[], partitions?: readonly string[]): Right {
    const right = on(this.table.tableArn, ...acts.map((act) => actionOf[act]));
    return partitions === undefined
      ? right
      : when(right, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } });
  }
}
