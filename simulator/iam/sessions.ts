import { createHash } from 'node:crypto';
import { AwsError, type Caller } from '../contract.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** By text: the same few names are asked for over and over, in every world. */
const digests = new Map<string, string>();
const digestsMax = 20_000;

/** Sixteen characters of base 32, always the same for the same text: 80 bits of its SHA-256. */
function digestOf(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  if (digests.size >= digestsMax) digests.clear();
  const made = digestAnew(text);
  digests.set(text, made);
  return made;
}

function digestAnew(text: string): string {
  const digest = createHash('sha256').update(text, 'utf8').digest();
  let bits = digest.readBigUInt64BE(0) * 65_536n + BigInt(digest.readUInt16BE(8));
  let result = '';
  for (let count = 0; count < 16; count++) {
    result += alphabet.charAt(Number(bits % 32n));
    bits /= 32n;
  }
  return result;
}

/** The unique id of a role, as it stands in `aws:userid`. */
export const idOfRole = (roleName: string): string => `AROA${digestOf(`role ${roleName}`)}`;

export interface Sessions {
  /** The same for the same role and session, whatever else was asked before. */
  keyOf(roleName: string, session: string): string;
  /** @throws UnrecognizedClientException for a key that nobody was given. */
  callerOf(accessKeyId: string): Caller;
}

export function makeSessions(): Sessions {
  const callers = new Map<string, Caller>();
  return {
    keyOf: (roleName, session) => {
      const accessKeyId = `ASIA${digestOf(`${roleName}\n${session}`)}`;
      if (!callers.has(accessKeyId)) callers.set(accessKeyId, { kind: 'role', roleName, session });
      return accessKeyId;
    },
    callerOf: (accessKeyId) => {
      const caller = callers.get(accessKeyId);
      if (caller !== undefined) return caller;
      throw new AwsError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
        403,
      );
    },
  };
}
