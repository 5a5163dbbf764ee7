import * as z from 'zod/mini';

/**
 * The part of a function URL's event that is looked at.
 * @see Lambda developer guide, urls-invocation, "Request and response payloads" (payload format version 2.0)
 */
const UrlEvent = z.object({
  rawQueryString: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  requestContext: z.object({ http: z.object({ method: z.string(), path: z.string() }) }),
  body: z.optional(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

/** What was sent with one of the two buttons, as it was typed. */
export interface Form {
  readonly decision: 'approve' | 'reject' | undefined;
  readonly name: string;
  readonly reason: string;
}

export type Request =
  | { readonly kind: 'look'; readonly token: string }
  | { readonly kind: 'answer'; readonly token: string; readonly form: Form }
  | { readonly kind: 'refused'; readonly status: 404 | 405 | 413 | 415; readonly why: string };

/** A name of 200 and a reason of 500 characters, percent-encoded at up to 12 bytes each, and the token. */
const BODY_BYTES_MAX = 16_384;
const FORM = 'application/x-www-form-urlencoded';

/** GET and HEAD look; only POST with a form answers. */
export function readRequest(event: unknown): Request {
  const { requestContext, rawQueryString = '', headers = {}, ...rest } = UrlEvent.parse(event);
  const { method, path } = requestContext.http;
  if (path !== '/') return refused(404, 'There is no such page.');
  if (method === 'GET' || method === 'HEAD') {
    return { kind: 'look', token: new URLSearchParams(rawQueryString).get('t') ?? '' };
  }
  if (method !== 'POST') return refused(405, 'Open the link, and use its form.');
  if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== FORM) {
    return refused(415, 'Open the link, and use its form.');
  }
  const { body = '', isBase64Encoded = false } = rest;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (Buffer.byteLength(text) > BODY_BYTES_MAX) return refused(413, 'That is too long.');
  const fields = new URLSearchParams(text);
  const field = (name: string): string => fields.get(name) ?? '';
  const decision = field('decision');
  return {
    kind: 'answer',
    token: field('t'),
    form: {
      decision: decision === 'approve' || decision === 'reject' ? decision : undefined,
      name: field('name'),
      reason: field('reason'),
    },
  };
}

const refused = (status: 404 | 405 | 413 | 415, why: string): Request => ({
  kind: 'refused',
  status,
  why,
});
