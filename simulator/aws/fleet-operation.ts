import type { Operation } from '../contract.ts';

/** What a simulated operation answers: the SDK's output without the client's own metadata. */
export type Answer<Output> = Omit<Output, '$metadata'>;

/** One operation typed by the SDK command's input and output. */
export function operation<Input, Output>(
  definition: Operation<Input, Answer<Output>>,
): Operation<Input, Answer<Output>> {
  return definition;
}

/**
 * One page of a list. The token is the offset as text: opaque to clients, and stable while nothing is deleted.
 *
 * @throws what `refuse` makes of a token that this service did not hand out.
 */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
  size: number,
  refuse: () => Error,
): { page: Item[]; nextToken: string | undefined } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw refuse();
  const end = start + size;
  return {
    page: items.slice(start, end),
    nextToken: end < items.length ? String(end) : undefined,
  };
}

/** Tags as a plain record, for permissions and filters. */
export function tagRecord(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  const record: Record<string, string> = {};
  for (const { Key, Value } of tags ?? []) if (Key !== undefined) record[Key] = Value ?? '';
  return record;
}

/** The condition keys that AWS fills in from a resource's tags; services repeat them under a prefix of their own. */
export function tagContext(
  tags: Readonly<Record<string, string>>,
  ...prefixes: readonly string[]
): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [key, value] of Object.entries(tags))
    for (const prefix of ['aws', ...prefixes]) context[`${prefix}:ResourceTag/${key}`] = value;
  return context;
}
