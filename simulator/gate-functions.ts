import type { Account } from './account.ts';

/** What a gate function of a user's does when it is asked. */
export type GateFunctionDeed = 'passes' | 'refuses' | 'throws' | 'hangs';

const code: Readonly<Record<GateFunctionDeed, string>> = {
  passes:
    "return { verdict: 'green', reason: request.instances.newCount + ' new instances take orders' };",
  refuses: "return { verdict: 'red', reason: '3 of 20 test orders were lost' };",
  throws: "throw new Error('the test shop is closed');",
  // Longer than any gate waits, and than the function may run; by the clock that the function sees, which is the world's.
  hangs: 'await new Promise((done) => setTimeout.call(null, done, 3600000)); return null;',
};

const TIMEOUT_SECONDS = 60;

/** Makes a user's function that no template makes, or puts another version in its place. */
export function inventGateFunction(
  account: Account,
  functionName: string,
  deed: GateFunctionDeed,
): void {
  const { partition, region, accountId } = account.place;
  const role = `${functionName}-role`;
  const roleArn = `arn:${partition}:iam::${accountId}:role/${role}`;
  account.iam.addRole({
    name: role,
    arn: roleArn,
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
  });
  account.iam.attachPolicy(role, 'writes its log', {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
    ],
  });
  account.lambda.addFunction({
    ...{ functionName, roleArn, handler: 'index.handler', environment: {}, memoryMb: 128 },
    arn: `arn:${partition}:lambda:${region}:${accountId}:function:${functionName}`,
    code: { text: `exports.handler = async (request) => { ${code[deed]} };` },
    timeoutSeconds: TIMEOUT_SECONDS,
  });
}
