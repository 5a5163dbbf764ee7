import { createHash } from 'node:crypto';
import { GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Catalogue } from '../core/policy.ts';
import { assemble, findCatalogue, keepCatalogue } from './catalogue.ts';
import { environment } from './entry.ts';

export interface KeptCatalogue {
  readonly digest: string;
  readonly catalogue: Catalogue;
}

/**
 * The catalogue as deployed now, kept in the ledger under its digest, so that a release that begins with it can be
 * decided by it to its end. Idempotent: the digest is the content's.
 */
export async function keepDeployedCatalogue(ssm: SSMClient): Promise<KeptCatalogue> {
  const texts = await deployedTexts(ssm);
  const digest = digestOf(texts);
  const catalogue = (await findCatalogue(digest)) ?? (await keepCatalogue(digest, texts));
  return { digest, catalogue };
}

/** The catalogue as deployed now, without keeping it. */
export async function readDeployedCatalogue(ssm: SSMClient): Promise<Catalogue> {
  return (await identifyDeployedCatalogue(ssm)).catalogue;
}

let last: KeptCatalogue | undefined;

/** The same with the digest that it would be kept under. */
export async function identifyDeployedCatalogue(ssm: SSMClient): Promise<KeptCatalogue> {
  const texts = await deployedTexts(ssm);
  const digest = digestOf(texts);
  if (last?.digest !== digest) last = { digest, catalogue: assemble(texts) };
  return last;
}

const digestOf = (texts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);

async function deployedTexts(ssm: SSMClient): Promise<readonly string[]> {
  const found: { name: string; value: string }[] = [];
  let token: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({
        Path: environment('CATALOGUE_PATH'),
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    for (const { Name: name, Value: value } of page.Parameters ?? []) {
      if (name !== undefined && value !== undefined) found.push({ name, value });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((one) => one.value);
}
