import { contentHash } from '../adapters/content-hash.ts';

/** What a function URL answers. @see Lambda developer guide, urls-invocation, "Response payload format" */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Page {
  readonly status: number;
  readonly title: string;
  /** Above the facts. */
  readonly says: string;
  /** What is asked, as name and value. */
  readonly facts?: readonly (readonly [name: string, value: string | undefined])[];
  readonly form?: AnswerForm | undefined;
}

export interface AnswerForm {
  readonly token: string;
  /** What was typed before, when it could not be taken. */
  readonly name: string;
  readonly reason: string;
  readonly nameCharactersMax: number;
  readonly reasonCharactersMax: number;
}

const STYLE = [
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}',
  'dt{font-weight:bold}dd{margin:0 0 .5em;overflow-wrap:anywhere}',
  'label{display:block;margin:.5em 0}input,textarea{display:block;width:100%;box-sizing:border-box;font:inherit}',
  'button{font:inherit;padding:.5em 1em;margin:.5em 1em 0 0}',
].join('');

/**
 * The page may load nothing, run nothing, be framed by nobody, be kept nowhere, and send its form only to where it came from;
 * and the address, which holds the token, is told to nobody.
 */
const HEADERS: HttpAnswer['headers'] = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${contentHash(STYLE)}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'strict-transport-security': 'max-age=31536000',
};

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Fit for text and for values in quotes. */
const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ESCAPED[one] ?? '');

export const answerWith = (page: Page): HttpAnswer => ({
  statusCode: page.status,
  headers: { ...HEADERS, ...(page.status === 405 ? { allow: 'GET, HEAD, POST' } : {}) },
  body: [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>Kiln: ${escaped(page.title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(page.title)}</h1><p>${escaped(page.says)}</p>`,
    factsOf(page),
    page.form === undefined ? '' : formOf(page.form),
    '</body></html>\n',
  ].join('\n'),
});

function factsOf({ facts = [] }: Page): string {
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
  );
  return known.length === 0 ? '' : `<dl>\n${known.join('\n')}\n</dl>`;
}

/** `action="?"` drops the query: after the answer the token is in no address bar and no history. */
const formOf = (form: AnswerForm): string =>
  [
    '<form method="post" action="?" autocomplete="off">',
    `<input type="hidden" name="t" value="${escaped(form.token)}">`,
    `<label>Your name<input name="name" required maxlength="${form.nameCharactersMax}" value="${escaped(form.name)}"></label>`,
    `<label>Why<textarea name="reason" rows="3" required maxlength="${form.reasonCharactersMax}">${escaped(form.reason)}</textarea></label>`,
    '<button name="decision" value="approve">Yes, go on</button>',
    '<button name="decision" value="reject">No, go back</button>',
    '</form>',
  ].join('\n');
