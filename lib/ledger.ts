import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

const readActions = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'] as const;
/** DynamoDB has no action for a transaction: its items' actions are what is asked for. */
const writeActions = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
] as const;

export type LedgerAccess = 'read' | 'write';

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

  /** Item by item: no scan, no change of the table itself. `write` may also read. */
  grant(grantee: iam.IGrantable, access: LedgerAccess): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: access === 'read' ? [...readActions] : [...readActions, ...writeActions],
      resourceArns: [this.table.tableArn],
    });
  }
}
