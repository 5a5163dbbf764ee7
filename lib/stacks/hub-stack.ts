import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Kiln, type KilnProps } from '../kiln.ts';

/** The hub: workflows, functions, rules, the ledger. */
export class HubStack extends Stack {
  readonly kiln: Kiln;

  constructor(scope: Construct, id: string, props: StackProps & KilnProps) {
    super(scope, id, props);
    this.kiln = new Kiln(this, 'Kiln', props);
    new CfnOutput(this, 'Release', {
      description: 'Start a release here',
      value: this.kiln.release.stateMachine.stateMachineArn,
    });
    new CfnOutput(this, 'Notifications', {
      description: 'Subscribe here to be told how releases end, and when a person is needed',
      value: this.kiln.notifications.topicArn,
    });
    new CfnOutput(this, 'Ledger', {
      description: 'The record of causes, releases, image versions, fleets, locks',
      value: this.kiln.ledger.table.tableName,
    });
  }
}
