import { RESERVED_WORDS } from './dynamo-db-reserved-words.ts';
import { invalid } from './dynamo-db-value.ts';

/** What the expression languages share: tokens, document paths, placeholders, errors in AWS's words. */

export type Label =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

/** A document path. A step is an attribute name, a `#placeholder` for one, or the index of a list element. */
export type Path = readonly (string | number)[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'size'; readonly of: Operand };

/** The placeholders that an expression uses, with their `#` and `:`. */
export interface Placeholders {
  readonly names: Set<string>;
  readonly values: Set<string>;
}

interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\],.+-])|(\S))/y;
const PATH_OPERATORS_MAX = 300;
export const EXPRESSION_BYTES_MAX = 4096;

/** A cursor over the tokens of one expression. Each language's parser reads through it. */
export class Reader {
  readonly label: Label;
  readonly placeholders: Placeholders = { names: new Set(), values: new Set() };
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #operators = 0;

  /** @throws ValidationException for empty or too long text and for a character of no token. */
  constructor(label: Label, text: string) {
    this.label = label;
    this.#text = text;
    if (text.trim() === '') throw this.error('The expression can not be empty;');
    const bytes = Buffer.byteLength(text, 'utf8');
    if (bytes > EXPRESSION_BYTES_MAX) {
      throw this.error(
        `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
      );
    }
    this.#tokens = this.#tokenize();
  }

  error(message: string) {
    return invalid(`Invalid ${this.label}: ${message}`);
  }

  /** The next token's text, in upper case when it is a word (keywords are case-insensitive). */
  peekKeyword(): string {
    const token = this.#peek();
    return token.kind === 'word' ? token.text.toUpperCase() : token.text;
  }

  takeIf(keywordOrSymbol: string): boolean {
    if (this.#peek().kind === 'end' || this.peekKeyword() !== keywordOrSymbol) return false;
    this.#next += 1;
    return true;
  }

  expect(keywordOrSymbol: string): void {
    if (!this.takeIf(keywordOrSymbol)) throw this.syntaxError();
  }

  expectEnd(): void {
    if (!this.atEnd()) throw this.syntaxError();
  }

  atEnd(): boolean {
    return this.#peek().kind === 'end';
  }

  /** True when a function call is next: a word with a parenthesis behind it. */
  atCall(): boolean {
    return this.#peek().kind === 'word' && this.#tokens[this.#next + 1]?.text === '(';
  }

  takeWord(): string {
    const token = this.#peek();
    if (token.kind !== 'word') throw this.syntaxError();
    this.#next += 1;
    return token.text;
  }

  atValue(): boolean {
    return this.#peek().kind === 'value';
  }

  takeValue(): string {
    const token = this.#peek();
    if (token.kind !== 'value') throw this.syntaxError();
    this.#next += 1;
    this.placeholders.values.add(token.text);
    return token.text;
  }

  /** @throws ValidationException for a reserved word, or what cannot begin or continue a path. */
  takePath(): Path {
    const path: (string | number)[] = [this.#takeStep()];
    for (;;) {
      if (this.takeIf('.')) {
        path.push(this.#takeStep());
      } else if (this.takeIf('[')) {
        const token = this.#peek();
        if (token.kind !== 'number') throw this.syntaxError();
        this.#next += 1;
        path.push(Number(token.text));
        this.expect(']');
      } else {
        return path;
      }
    }
  }

  /** To be called once for each operator or function of the expression. */
  countOperator(): void {
    this.#operators += 1;
    if (this.#operators > PATH_OPERATORS_MAX) {
      throw this.error(
        `The expression contains too many operators; maximum operator count: ${PATH_OPERATORS_MAX}`,
      );
    }
  }

  syntaxError() {
    const token = this.#peek();
    const from = this.#tokens[Math.max(0, this.#next - 1)] ?? token;
    const last = this.#tokens[this.#next + 1] ?? token;
    const near = this.#text.slice(from.at, last.at + last.text.length).trim();
    const text = token.kind === 'end' ? '<EOF>' : token.text;
    return this.error(`Syntax error; token: "${text}", near: "${near}"`);
  }

  #takeStep(): string {
    const token = this.#peek();
    if (token.kind === 'name') this.placeholders.names.add(token.text);
    else if (token.kind !== 'word') throw this.syntaxError();
    else if (RESERVED_WORDS.has(token.text.toUpperCase())) {
      throw this.error(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    this.#next += 1;
    return token.text;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length };
  }

  #tokenize(): Token[] {
    const tokens: Token[] = [];
    const text = this.#text.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const match = TOKEN.exec(text);
      if (match === null) break;
      const [word, name, value, number, symbol, other] = match.slice(1);
      const found = word ?? name ?? value ?? number ?? symbol ?? other ?? '';
      const at = TOKEN.lastIndex - found.length;
      if (other !== undefined) {
        throw this.error(
          `Syntax error; token: "${other}", near: "${text.slice(Math.max(0, at - 5), at + 6)}"`,
        );
      }
      const kind = word ? 'word' : name ? 'name' : value ? 'value' : number ? 'number' : 'symbol';
      tokens.push({ kind, text: found, at });
    }
    return tokens;
  }
}

/** Compiles each text once. An error is not remembered: it is thrown again by compiling again. */
export function memoized<Compiled>(compile: (label: Label, text: string) => Compiled) {
  const known = new Map<string, Compiled>();
  return (label: Label, text: string): Compiled => {
    const key = `${label} ${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const compiled = compile(label, text);
    // Expressions are code, few in number; a caller that writes values into them must not fill the memory.
    if (known.size >= 2_000) known.clear();
    known.set(key, compiled);
    return compiled;
  };
}
