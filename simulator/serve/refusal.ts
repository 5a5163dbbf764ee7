import type { AwsError } from '../contract.ts';
import type { WireRequest, WireResponse } from '../wire/wire-contract.ts';
import { element, escapeText } from '../wire/xml.ts';

/**
 * An answer to a request of which not even the service is known, in the protocol that it seems to speak: form encoded
 * requests read XML, all others JSON.
 */
export function plainRefusal(request: WireRequest, error: AwsError): WireResponse {
  const isForm = request.headers['content-type']?.includes('x-www-form-urlencoded') === true;
  const status = Math.max(error.status, 400);
  const [contentType, text] =
    isForm || request.query['Action'] !== undefined
      ? ['text/xml', xmlOf(error, status)]
      : ['application/json', JSON.stringify({ __type: error.code, message: error.message })];
  const body = Buffer.from(text, 'utf8');
  return {
    status,
    headers: {
      'content-type': contentType,
      'content-length': String(body.length),
      'x-amzn-errortype': error.code,
    },
    body,
  };
}

/** Query services name this error without the ending. Source: "Common Errors" of each query API. */
const xmlCode = (code: string): string => code.replace(/Exception$/, '');

function xmlOf(error: AwsError, status: number): string {
  const content =
    element('Type', status < 500 ? 'Sender' : 'Receiver') +
    element('Code', escapeText(xmlCode(error.code))) +
    element('Message', escapeText(error.message));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error>${content}</Error></ErrorResponse>`;
}
