import { expect, test } from 'vitest';
import type { FunctionAnswer } from '../../../simulator/contract.ts';
import { simulate } from '../../../simulator/index.ts';
import { wellImage } from '../../../simulator/scenarios/behaviours.ts';
import type { WebAnswer } from '../../../simulator/web.ts';

/** Requests of functions to what is no endpoint of AWS. */

const ROLE = { name: 'asker', arn: 'arn:aws:iam::111122223333:role/asker' };
const ENI = ['Create', 'Describe', 'Delete'].map((what) =>
  what === 'Describe' ? 'ec2:DescribeNetworkInterfaces' : `ec2:${what}NetworkInterface`,
);

function world(answers?: () => WebAnswer) {
  const { account, world } = simulate({ seed: 1 });
  account.iam.addRole({
    ...ROLE,
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
  });
  const imageId = account.ec2.registerImage({
    name: 'shop',
    behaviour: { ...wellImage, ...(answers === undefined ? {} : { answers }) },
  });
  const instance = account.ec2.instances.launch({
    ...{ imageId, instanceType: 'm7g.large', zone: 'eu-west-1a', subnetId: 'subnet-1', tags: {} },
  });
  account.web.publish('shop.example.com', { instances: () => [instance] });
  account.web.publish('empty.example.com', { instances: () => [] });
  return { account, world, instance };
}

const text = `
const dns = require('node:dns/promises');
const https = require('node:https');
exports.handler = async ({ name, waitMs = 1000 }) => {
  const [{ address }] = await dns.lookup(name, { all: true });
  return new Promise((resolve, reject) => {
    const request = https.request({ host: address, servername: name, path: '/up', method: 'GET' });
    const timer = setTimeout(() => { request.destroy(); resolve({ address, hung: true }); }, waitMs);
    request.on('error', (error) => { clearTimeout(timer); resolve({ address, error: error.code }); });
    request.on('response', async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      clearTimeout(timer);
      resolve({ address, status: response.statusCode, body });
    });
    request.end();
  });
};`;

async function asked(
  { account, world: around }: ReturnType<typeof world>,
  payload: object,
  inVpc = false,
): Promise<FunctionAnswer> {
  const Action = [...ENI, 'ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses'];
  const Statement = {
    Effect: 'Allow' as const,
    Action: [...Action, 'ec2:UnassignPrivateIpAddresses'],
    Resource: '*',
  };
  account.iam.attachPolicy(ROLE.name, 'interfaces', { Statement });
  account.lambda.addFunction({
    ...{ functionName: 'asker', arn: 'arn:aws:lambda:eu-west-1:111122223333:function:asker' },
    ...{ roleArn: ROLE.arn, code: { text }, handler: 'index.handler', environment: {} },
    ...{ timeoutSeconds: 30, memoryMb: 128, inVpc },
  });
  // Until the machine is up.
  around.after(300_000, 'a while', () => undefined);
  await around.run();
  const answer = account.runtime.run('asker', payload);
  await around.run();
  return (await answer).answer;
}

test('a name leads to a load balancer, and that to an instance', async () => {
  const answer = await asked(world(), { name: 'shop.example.com' });
  expect(answer).toMatchObject({ ok: true, payload: { status: 200, body: 'ok' } });
  const { payload } = answer as unknown as { payload: { address: string } };
  expect(payload.address).toMatch(/^52\.95\./);
});

test('an instance answers as its image does', async () => {
  const sick = world(() => ({ status: 500, seconds: 0.1, body: 'no' }));
  expect(await asked(sick, { name: 'shop.example.com' })).toMatchObject({
    payload: { status: 500, body: 'no' },
  });
});

test('one that hangs is left when its asker does not wait any longer', async () => {
  const sick = world(() => ({ status: 0, seconds: null }));
  expect(await asked(sick, { name: 'shop.example.com' })).toMatchObject({
    payload: { hung: true },
  });
});

test('a load balancer without targets says so', async () => {
  expect(await asked(world(), { name: 'empty.example.com' })).toMatchObject({
    payload: { status: 503 },
  });
});

test('a private address is reached from the VPC alone', async () => {
  const inside = world();
  const { privateIpAddress } = inside.instance;
  expect(await asked(inside, { name: privateIpAddress }, true)).toMatchObject({
    payload: { status: 200 },
  });
  const outside = world();
  expect(await asked(outside, { name: outside.instance.privateIpAddress })).toMatchObject({
    payload: { hung: true },
  });
});

test('nothing listens on an instance that is gone', async () => {
  const gone = world();
  gone.account.ec2.instances.terminate(gone.instance);
  const answer = await asked(gone, { name: gone.instance.privateIpAddress }, true);
  // Nobody has the address any more: no connection, and nobody who refuses one.
  expect(answer).toMatchObject({ payload: { hung: true } });
});

test('a name that nobody has published does not exist', async () => {
  expect(await asked(world(), { name: 'nowhere.example.com' })).toMatchObject({
    ok: false,
    errorMessage: 'getaddrinfo ENOTFOUND nowhere.example.com',
  });
});

test('a function in a VPC is refused without the rights to interfaces', () => {
  const { account } = world();
  expect(() =>
    account.lambda.addFunction({
      ...{ functionName: 'asker', arn: 'arn:aws:lambda:eu-west-1:111122223333:function:asker' },
      ...{ roleArn: ROLE.arn, code: { text }, handler: 'index.handler', environment: {} },
      ...{ timeoutSeconds: 30, memoryMb: 128, inVpc: true },
    }),
  ).toThrow('does not have permissions to call CreateNetworkInterface on EC2');
});
