import { describe, expect, it } from 'vitest';
import type { Caller, PolicyDocument } from '../../../simulator/contract.ts';
import { simulate } from '../../../simulator/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const root: PolicyDocument = {
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'kms:*',
    Resource: '*',
  },
};

/** One key of each kind that matters, and a role that may use whatever key lets it. */
function aWorld(KeyPolicy: PolicyDocument = root) {
  const simulation = simulate({ seed: 1 });
  const key = (KeySpec: string, KeyUsage: string) => ({
    Type: 'AWS::KMS::Key',
    Properties: { KeySpec, KeyUsage, KeyPolicy },
  });
  const assume = {
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const all = { Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] };
  simulation.deploy({
    S: {
      Resources: {
        One: key('HMAC_256', 'GENERATE_VERIFY_MAC'),
        Other: key('HMAC_256', 'GENERATE_VERIFY_MAC'),
        Cipher: key('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'),
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'r',
            AssumeRolePolicyDocument: assume,
            Policies: [{ PolicyName: 'p', PolicyDocument: all }],
          },
        },
      },
    },
  });
  const { account, world } = simulation;
  const arns = [...account.deployments.resources()].flatMap(({ type, made }) =>
    type === 'AWS::KMS::Key' ? [String(made.attributes?.['Arn'])] : [],
  );
  const [one = '', other = '', cipher = ''] = arns;
  const caller: Caller = { kind: 'role', roleName: 'r', session: 's' };
  const call = async (
    operation: string,
    input: object,
  ): Promise<Readonly<Record<string, unknown>>> => {
    const made = account.calls
      .callAws({
        ...{ caller, client: 'client-kms', operation },
        input: { MacAlgorithm: 'HMAC_SHA_256', Message: bytes('hello'), ...input },
      })
      .then(
        (output) => output as Readonly<Record<string, unknown>>,
        (error: Error) => ({ error: error.name, message: error.message }),
      );
    await world.run();
    return made;
  };
  return { one, other, cipher, call };
}

describe('message authentication', () => {
  it('knows its own code of the same message again, by id or ARN', async () => {
    const { one, call } = aWorld();
    const { Mac, ...rest } = await call('GenerateMac', { KeyId: one });
    expect(Mac).toHaveLength(32);
    expect(rest).toEqual({ KeyId: one, MacAlgorithm: 'HMAC_SHA_256' });
    const id = one.split('/')[1];
    expect(await call('VerifyMac', { KeyId: id, Mac })).toEqual({
      ...{ KeyId: one, MacAlgorithm: 'HMAC_SHA_256', MacValid: true },
    });
    expect((await call('GenerateMac', { KeyId: id }))['Mac']).toEqual(Mac);
  });

  it('refuses another message, another key and a code of another length', async () => {
    const { one, other, call } = aWorld();
    const { Mac } = await call('GenerateMac', { KeyId: one });
    for (const wrong of [
      { KeyId: one, Mac, Message: bytes('hellp') },
      { KeyId: other, Mac },
      { KeyId: one, Mac: (Mac as Uint8Array).slice(1) },
    ]) {
      expect(await call('VerifyMac', wrong)).toMatchObject({ error: 'KMSInvalidMacException' });
    }
  });

  it.each([
    ['no such key', { KeyId: 'none' }, 'NotFoundException'],
    ['another algorithm', { MacAlgorithm: 'HMAC_SHA_512' }, 'InvalidKeyUsageException'],
    ['no message', { Message: bytes('') }, 'ValidationException'],
    ['too long a message', { Message: bytes('x'.repeat(4097)) }, 'ValidationException'],
  ])('refuses %s', async (_, wrong, error) => {
    const { one, call } = aWorld();
    expect(await call('GenerateMac', { KeyId: one, ...wrong })).toMatchObject({ error });
  });

  it('refuses a key that is for something else', async () => {
    const { cipher, call } = aWorld();
    expect(await call('GenerateMac', { KeyId: cipher })).toMatchObject({
      error: 'InvalidKeyUsageException',
    });
  });

  it('is denied to a role that the policy of the key leaves out, whatever its own says', async () => {
    const { one, call } = aWorld({ Statement: [] });
    expect(await call('GenerateMac', { KeyId: one })).toEqual({
      error: 'AccessDeniedException',
      message: expect.stringContaining('because no resource-based policy allows'),
    });
  });
});
