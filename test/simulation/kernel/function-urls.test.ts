import { describe, expect, it } from 'vitest';
import type { UrlRequest } from '../../../simulator/aws/function-urls.ts';
import { simulate } from '../../../simulator/index.ts';

const ECHO = 'exports.handler = async (event) => ({ event });';

const viaUrl = { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true };
const toUrl = { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' };

function aFunction(
  text: string,
  { permissions = [toUrl, viaUrl] as readonly object[], more = {} } = {},
) {
  const simulation = simulate({ seed: 1 });
  const fn = { 'Fn::GetAtt': ['Fn', 'Arn'] };
  const assume = {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const given = permissions.map((one, index) => [
    `P${index}`,
    {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: fn, Principal: '*', ...one },
    },
  ]);
  simulation.deploy({
    S: {
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: assume } },
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            ...{ Handler: 'index.handler', Runtime: 'nodejs24.x', Code: { ZipFile: text } },
            ...more,
          },
        },
        Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: fn, AuthType: 'NONE' } },
        ...Object.fromEntries(given),
      },
    },
  });
  const { account, world } = simulation;
  const url = [...account.deployments.resources()]
    .map(({ made }) => made.attributes?.['FunctionUrl'])
    .find((found) => found !== undefined);
  const request = async (...some: readonly Partial<UrlRequest>[]) => {
    const all = Promise.all(
      some.map((one) => account.functionUrls.request({ method: 'GET', url: String(url), ...one })),
    );
    // Looked at below, when the world has gone on.
    all.catch(() => undefined);
    await world.run();
    return all;
  };
  return { url: String(url), request };
}

describe('a function at an address of its own', () => {
  it('is called with the payload of format 2.0', async () => {
    const { url, request } = aFunction(ECHO);
    expect(url).toMatch(/^https:\/\/[0-9a-f]{32}\.lambda-url\.eu-west-1\.on\.aws\/$/);
    const [shown] = await request({
      ...{ method: 'POST', url: `${url}a/b?x=1&x=2&y=%20`, body: 'name=Ann' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(shown).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(shown?.body ?? '').event).toMatchObject({
      ...{ version: '2.0', rawPath: '/a/b', rawQueryString: 'x=1&x=2&y=%20' },
      requestContext: { http: { method: 'POST', path: '/a/b' } },
      // A form is no text to Lambda.
      ...{ body: Buffer.from('name=Ann').toString('base64'), isBase64Encoded: true },
    });
  });

  it('gives text as text', async () => {
    const { request } = aFunction(ECHO);
    const headers = { 'content-type': 'application/json' };
    const [shown] = await request({ method: 'POST', headers, body: '{}' });
    expect(JSON.parse(shown?.body ?? '').event).toMatchObject({
      ...{ body: '{}', isBase64Encoded: false },
    });
  });

  it('answers with status, headers and body of its own', async () => {
    const { request } = aFunction(
      `exports.handler = async () => ({ statusCode: 418, headers: { 'X-Pot': 'tea' }, body: 'short' });`,
    );
    const [shown] = await request({});
    expect(shown).toEqual({ status: 418, headers: { 'x-pot': 'tea' }, body: 'short' });
  });

  it('that fails is told of by its status alone', async () => {
    const { request } = aFunction(`exports.handler = async () => { throw new Error('secret'); };`);
    const [shown] = await request({});
    expect(shown).toMatchObject({ status: 502, body: 'Internal Server Error' });
  });

  it.each([
    ['neither permission', []],
    ['the older permission alone', [toUrl]],
    ['the newer permission alone', [viaUrl]],
    ['an address of another kind', [{ ...toUrl, FunctionUrlAuthType: 'AWS_IAM' }, viaUrl]],
    [
      'another principal',
      [
        { ...toUrl, Principal: '111122223333' },
        { ...viaUrl, Principal: '111122223333' },
      ],
    ],
  ])('is closed to who has %s', async (_, permissions) => {
    const { request } = aFunction(ECHO, { permissions });
    expect(await request({})).toEqual([
      expect.objectContaining({ status: 403, body: '{"Message":"Forbidden"}' }),
    ]);
  });

  it('takes as many requests at once as are reserved for it', async () => {
    const { request } = aFunction(ECHO, { more: { ReservedConcurrentExecutions: 2 } });
    const atOnce = await request({}, {}, {});
    expect(atOnce.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect((await request({}))[0]?.status).toBe(200);
  });

  it('is nowhere else', async () => {
    const { request } = aFunction(ECHO);
    await expect(request({ url: 'https://other.lambda-url.eu-west-1.on.aws/' })).rejects.toThrow(
      'ENOTFOUND',
    );
  });
});
