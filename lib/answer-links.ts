import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { CheckedCatalogue } from './catalogue/checked-catalogue.ts';
import { asksPeople } from './reach.ts';

/** Whether the catalogue asks for links, and has anything to ask people: of its fleets, and of its waves. */
export const needsLinks = ({ approvalLinks, fleets, waves }: CheckedCatalogue) => ({
  ofFleets: approvalLinks && asksPeople(Object.values(fleets)),
  ofWaves: approvalLinks && asksPeople(waves),
});

/**
 * What links to questions are signed with, and the public address that they lead to. Decision 11 says why a key of KMS.
 */
export class AnswerLinks extends Construct {
  readonly keyArn: string;
  /** Ends in a slash. */
  readonly url: string;

  /** `answers`: the function behind the address. Whoever sends it a request gets in; the signature is what it asks for. */
  constructor(scope: Construct, id: string, answers: lambda.Function) {
    super(scope, id);
    const key = new kms.Key(this, 'Key', {
      description: 'Signs the links by which people answer questions of Kiln',
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      // Holds nothing: without it the links that are under way open nothing, and people answer another way.
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    this.keyArn = key.keyArn;
    // Since October 2025 an address needs two permissions, which this makes. @see Lambda developer guide, urls-auth
    this.url = answers.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }).url;
  }
}
