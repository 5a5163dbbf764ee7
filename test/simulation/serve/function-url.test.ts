import { request } from 'node:http';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, servedByStep } from './served.ts';

let served: Served;
beforeAll(async () => {
  served = await servedByStep(0, 'examples/gates/approval-link.yaml');
});
afterAll(async () => {
  await served.close();
  expect(served.complaints).toEqual([]);
});

interface Shown {
  readonly status: number | undefined;
  readonly body: string;
}

/** As `curl -H 'Host: …'` does; a function's answer takes virtual time. */
async function get(host: string, path: string): Promise<Shown> {
  const shown = new Promise<Shown>((resolve, reject) => {
    request(`${served.url}${path}`, { headers: { host } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
      });
    })
      .on('error', reject)
      .end();
  });
  let over = false;
  const settled = shown.finally(() => {
    over = true;
  });
  for (let steps = 0; steps < 12 && !over; steps += 1) await served.step(5);
  return settled;
}

it('a function URL is served to who names its host, and links are signed over the wire', async () => {
  const client = {
    endpoint: served.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'whoever', secretAccessKey: 'whatever' },
  };
  const stateMachineArn = served.stateMachineArn.replace(/release$/, 'rollout');
  const sfn = new SFNClient(client);
  const { definition = '' } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const [FunctionName = ''] = /[^"]*:function:[^"]*AskPeople[^"]*/.exec(definition) ?? [];
  const lambda = new LambdaClient(client);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { ANSWER_URL = '', LINK_KEY } = Environment?.Variables ?? {};
  const { host } = new URL(ANSWER_URL);
  expect(await get(host, '/nowhere')).toMatchObject({ status: 404 });
  expect(await get(host, '/?t=x')).toMatchObject({
    status: 403,
    body: expect.stringContaining('Not a valid link'),
  });
  // Well signed, and of no question.
  const text = Buffer.from(
    JSON.stringify({ pk: 'RELEASE#none', sk: 'APPROVAL#none', until: 1, nonce: 'n' }),
  ).toString('base64url');
  const { Mac = new Uint8Array() } = await new KMSClient(client).send(
    new GenerateMacCommand({
      ...{ KeyId: LINK_KEY, MacAlgorithm: 'HMAC_SHA_256' },
      Message: Buffer.from(`kiln-answer-link-1:${text}`),
    }),
  );
  const t = `${text}.${Buffer.from(Mac).toString('base64url')}`;
  expect(await get(host, `/?t=${t}`)).toMatchObject({ status: 403 });
});
