import { randomBytes, timingSafeEqual } from 'node:crypto';

/** 128 bits, so that no two are ever the same. */
const NONCE_BYTES = 16;

export const newNonce = (): string => randomBytes(NONCE_BYTES).toString('base64url');

/** Takes as long whatever they differ in. */
export function isSameNonce(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
