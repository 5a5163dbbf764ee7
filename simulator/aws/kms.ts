import { createHmac, timingSafeEqual } from 'node:crypto';
import type {
  GenerateMacCommandInput,
  GenerateMacCommandOutput,
  VerifyMacCommandInput,
  VerifyMacCommandOutput,
} from '@aws-sdk/client-kms';
import { AwsError, type Permission, type Place, type Service, type World } from '../contract.ts';
import { randomHex } from '../random.ts';
import { operation } from './fleet-operation.ts';

export interface KeyDefinition {
  readonly keyId: string;
  readonly arn: string;
  /** `HMAC_256` */
  readonly spec: string;
  /** `GENERATE_VERIFY_MAC` */
  readonly usage: string;
}

/** Each kind of key has one algorithm. @see KMS developer guide, hmac, "HMAC key specs" */
const ALGORITHMS: Readonly<Record<string, { readonly name: string; readonly hash: string }>> = {
  HMAC_224: { name: 'HMAC_SHA_224', hash: 'sha224' },
  HMAC_256: { name: 'HMAC_SHA_256', hash: 'sha256' },
  HMAC_384: { name: 'HMAC_SHA_384', hash: 'sha384' },
  HMAC_512: { name: 'HMAC_SHA_512', hash: 'sha512' },
};

/** "You can use HMAC keys on messages of up to 4,096 bytes" (API_GenerateMac). */
const MESSAGE_BYTES_MAX = 4096;

interface Key extends KeyDefinition {
  readonly secret: Buffer;
}

type Asked = Pick<GenerateMacCommandInput, 'KeyId' | 'Message' | 'MacAlgorithm'>;

/**
 * AWS KMS, as far as messages are authenticated: GenerateMac and VerifyMac by key id or ARN. Encryption, signatures, grants,
 * aliases and states of keys are not simulated.
 */
export class Kms implements Service {
  readonly client = 'client-kms';
  readonly #options: { readonly world: World; readonly place: Place };
  readonly #keys = new Map<string, Key>();

  constructor(options: { readonly world: World; readonly place: Place }) {
    this.#options = options;
  }

  /** One that is there already stays, with its secret. */
  addKey(definition: KeyDefinition): void {
    if (this.#keys.has(definition.arn)) return;
    const random = this.#options.world.random(`key ${definition.keyId}`);
    const secret = Buffer.from(randomHex(random, 64), 'hex');
    this.#keys.set(definition.arn, { ...definition, secret });
  }

  readonly operations = {
    /** @see API_GenerateMac */
    GenerateMac: operation<GenerateMacCommandInput, GenerateMacCommandOutput>({
      authorize: ({ KeyId }) => this.#permissions('kms:GenerateMac', KeyId),
      run: (input) => {
        const key = this.#keyFor(input);
        return { Mac: macOf(key, input), MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
      },
    }),

    /** @see API_VerifyMac */
    VerifyMac: operation<VerifyMacCommandInput, VerifyMacCommandOutput>({
      authorize: ({ KeyId }) => this.#permissions('kms:VerifyMac', KeyId),
      run: (input) => {
        const key = this.#keyFor(input);
        const [expected, came] = [macOf(key, input), Buffer.from(input.Mac ?? [])];
        if (expected.length !== came.length || !timingSafeEqual(expected, came)) {
          throw new AwsError('KMSInvalidMacException', '');
        }
        return { MacValid: true, MacAlgorithm: input.MacAlgorithm, KeyId: key.arn };
      },
    }),
  };

  /** Of a key that does not exist it is said that there is none. */
  #permissions(action: string, keyId: string | undefined): readonly Permission[] {
    const resource = this.#arnOf(keyId);
    return this.#keys.has(resource) ? [{ action, resource }] : [];
  }

  #arnOf(keyId: string | undefined): string {
    const { partition, region, accountId } = this.#options.place;
    const id = keyId ?? '';
    return id.startsWith('arn:') ? id : `arn:${partition}:kms:${region}:${accountId}:key/${id}`;
  }

  /** @throws NotFoundException, InvalidKeyUsageException, ValidationException */
  #keyFor({ KeyId, Message = new Uint8Array(), MacAlgorithm }: Asked): Key {
    const key = this.#keys.get(this.#arnOf(KeyId));
    if (key === undefined) {
      throw new AwsError('NotFoundException', `Key '${this.#arnOf(KeyId)}' does not exist`);
    }
    if (key.usage !== 'GENERATE_VERIFY_MAC') {
      const message = `${key.arn} key usage is ${key.usage} which is not valid for this operation.`;
      throw new AwsError('InvalidKeyUsageException', message);
    }
    if (ALGORITHMS[key.spec]?.name !== MacAlgorithm) {
      const message = `Algorithm ${MacAlgorithm} is incompatible with key spec ${key.spec}.`;
      throw new AwsError('InvalidKeyUsageException', message);
    }
    if (Message.length < 1 || Message.length > MESSAGE_BYTES_MAX) {
      const message = `1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length between 1 and ${MESSAGE_BYTES_MAX}`;
      throw new AwsError('ValidationException', message);
    }
    return key;
  }
}

const macOf = ({ spec, secret }: Key, { Message }: Asked): Uint8Array =>
  new Uint8Array(
    createHmac(ALGORITHMS[spec]?.hash ?? '', secret)
      .update(Message ?? '')
      .digest(),
  );
