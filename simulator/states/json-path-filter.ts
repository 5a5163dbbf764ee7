/** Filters of JSONPath, `[?(@.status == 0 && @.name =~ "…")]`, as the Jayway dialect has them. */

import type { Json } from '../contract.ts';
import { sameJson } from './json.ts';
import { parseJsonPath, valueAt } from './json-path.ts';

export type Filter = (item: Json) => boolean;
type Operand = (item: Json) => Json | undefined;

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|<=|>=|=~|<|>|!|\(|\))|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\/(?:[^/\\]|\\.)*\/[a-z]*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([@$](?:\.{1,2}[\p{L}\p{N}_-]+|\[[^\]]*\])*)|(true|false|null)\b)/uy;

type Token =
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | { readonly kind: 'path'; readonly text: string };

/**
 * @throws SyntaxError for what the dialect has and this reader has not (functions, `in`, `size`, ...).
 */
export function parseFilter(text: string, whole: string): Filter {
  const tokens = tokensOf(text, whole);
  const reader = new FilterReader(tokens, whole);
  const filter = reader.readOr();
  reader.expectEnd();
  return filter;
}

function tokensOf(text: string, whole: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new SyntaxError(
        `the filter of the path '${whole}' is not understood at '${text.slice(at)}'`,
      );
    }
    at = TOKEN.lastIndex;
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf(match: RegExpExecArray): Token {
  const [, sign, quoted, pattern, number, path, word] = match;
  if (sign !== undefined) return { kind: 'sign', text: sign };
  if (quoted !== undefined) {
    return { kind: 'value', value: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
  }
  if (pattern !== undefined) {
    const end = pattern.lastIndexOf('/');
    return {
      kind: 'pattern',
      pattern: new RegExp(`^(?:${pattern.slice(1, end)})$`, pattern.slice(end + 1)),
    };
  }
  if (number !== undefined) return { kind: 'value', value: Number(number) };
  if (path !== undefined) return { kind: 'path', text: path };
  return { kind: 'value', value: word === 'null' ? null : word === 'true' };
}

class FilterReader {
  readonly #tokens: Token[];
  readonly #whole: string;
  constructor(tokens: Token[], whole: string) {
    this.#tokens = tokens;
    this.#whole = whole;
  }

  readOr(): Filter {
    let left = this.#readAnd();
    while (this.#takeSign('||')) {
      const one = left;
      const other = this.#readAnd();
      left = (item) => one(item) || other(item);
    }
    return left;
  }

  #readAnd(): Filter {
    let left = this.#readNot();
    while (this.#takeSign('&&')) {
      const one = left;
      const other = this.#readNot();
      left = (item) => one(item) && other(item);
    }
    return left;
  }

  #readNot(): Filter {
    if (this.#takeSign('!')) {
      const inner = this.#readNot();
      return (item) => !inner(item);
    }
    if (this.#takeSign('(')) {
      const inner = this.readOr();
      if (!this.#takeSign(')')) throw this.#error('a parenthesis is not closed');
      return inner;
    }
    return this.#readComparison();
  }

  #readComparison(): Filter {
    const left = this.#readOperand();
    const next = this.#tokens[0];
    if (next?.kind !== 'sign' || !COMPARISONS.has(next.text)) {
      return (item) => left(item) !== undefined;
    }
    this.#tokens.shift();
    if (next.text === '=~') {
      const right = this.#tokens.shift();
      if (right?.kind !== 'pattern') throw this.#error("'=~' needs a pattern");
      return (item) => {
        const value = left(item);
        return typeof value === 'string' && right.pattern.test(value);
      };
    }
    const right = this.#readOperand();
    return (item) => compare(next.text, left(item), right(item));
  }

  #readOperand(): Operand {
    const token = this.#tokens.shift();
    if (token?.kind === 'value') return () => token.value;
    if (token?.kind === 'path') {
      if (!token.text.startsWith('@')) throw this.#error("only paths from '@' are supported");
      const path = parseJsonPath(`$${token.text.slice(1)}`);
      return (item) => valueAt(item, path);
    }
    throw this.#error('a value is missing');
  }

  expectEnd(): void {
    if (this.#tokens.length > 0) throw this.#error('something is left over');
  }

  #takeSign(text: string): boolean {
    const token = this.#tokens[0];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#tokens.shift();
    return true;
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`the filter of the path '${this.#whole}': ${what}`);
  }
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', '=~']);

function compare(sign: string, left: Json | undefined, right: Json | undefined): boolean {
  if (sign === '==') return left !== undefined && right !== undefined && sameJson(left, right);
  if (sign === '!=') return left === undefined || right === undefined || !sameJson(left, right);
  const numbers = typeof left === 'number' && typeof right === 'number';
  const texts = typeof left === 'string' && typeof right === 'string';
  if (!numbers && !texts) return false;
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}
