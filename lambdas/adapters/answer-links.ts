import { GenerateMacCommand, VerifyMacCommand } from '@aws-sdk/client-kms';
import * as z from 'zod/mini';
import type { Key } from '../core/keys.ts';
import { isAws } from './aws-errors.ts';
import type { KMSClient } from './clients/kms.ts';
import { environment } from './entry.ts';

/** What a link carries: which question, until when, and what that question was bound to when it was sent. */
export interface AnswerLink {
  readonly key: Key;
  /** Epoch ms. */
  readonly untilMs: number;
  readonly nonce: string;
}

/** `until` is epoch ms. */
const Carried = z.object({ pk: z.string(), sk: z.string(), until: z.int(), nonce: z.string() });

/** Two parts of base64url: what it carries, and its HMAC of 32 bytes. Keys of the ledger stay far below this length. */
const TOKEN = /^([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/;

/** So that a signature of this key for anything else would not open a link. */
const signed = (carried: string): Uint8Array =>
  new TextEncoder().encode(`kiln-answer-link-1:${carried}`);

const mac = () => ({ KeyId: environment('LINK_KEY'), MacAlgorithm: 'HMAC_SHA_256' as const });

/** The link as people get it. The same question gives the same link, whenever it is made. */
export async function makeLink(kms: KMSClient, link: AnswerLink): Promise<string> {
  const { key, untilMs, nonce } = link;
  const content: z.infer<typeof Carried> = { pk: key.pk, sk: key.sk, until: untilMs, nonce };
  const carried = Buffer.from(JSON.stringify(content)).toString('base64url');
  const { Mac } = await kms.send(new GenerateMacCommand({ ...mac(), Message: signed(carried) }));
  if (Mac === undefined) throw new Error('expected a MAC from GenerateMac, got none');
  return `${environment('ANSWER_URL')}?t=${carried}.${Buffer.from(Mac).toString('base64url')}`;
}

/**
 * What a token stands for; undefined for one that this deployment has not signed, for whatever reason. KMS compares, and so
 * the key never leaves it.
 */
export async function openToken(kms: KMSClient, token: string): Promise<AnswerLink | undefined> {
  const [, carried = '', tag = ''] = TOKEN.exec(token) ?? [];
  if (carried === '') return undefined;
  try {
    const Mac = Buffer.from(tag, 'base64url');
    await kms.send(new VerifyMacCommand({ ...mac(), Message: signed(carried), Mac }));
  } catch (error) {
    if (isAws(error, 'KMSInvalidMacException')) return undefined;
    throw error;
  }
  const text = Buffer.from(carried, 'base64url').toString();
  const { pk, sk, until, nonce } = Carried.parse(JSON.parse(text));
  return { key: { pk, sk }, untilMs: until, nonce };
}
