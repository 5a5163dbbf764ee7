import type { UrlRequest } from '../aws/function-urls.ts';
import { textMember } from '../invariants/witness.ts';
import type { TraceLine } from '../world.ts';

/** Links in notifications, as the people who get them use them. */

/** A form goes to the address without its query, which the page has put into the form. */
export function formTo(link: string, form: Readonly<Record<string, string>>): UrlRequest {
  const { origin, pathname, searchParams } = new URL(link);
  const fields = new URLSearchParams({ t: searchParams.get('t') ?? '', ...form });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: `${origin}${pathname}?`, headers, body: fields.toString() };
}

/** The link in what a notification says, when it is about the fleet. */
export function linkIn(line: TraceLine, fleet?: string): string | undefined {
  if (line.kind !== 'call' || line.operation !== 'Publish' || line.error !== undefined) return;
  const message: unknown = JSON.parse(textMember(line.input, 'Message') ?? '{}');
  return fleet === undefined || textMember(message, 'fleet') === fleet
    ? textMember(message, 'link')
    : undefined;
}
