import {
  type Label,
  memoized,
  type Operand,
  type Placeholders,
  Reader,
} from './dynamo-db-syntax.ts';

/**
 * How condition, filter and key condition expressions are written.
 * @see Amazon DynamoDB Developer Guide, "Comparison operator and function reference".
 */

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type FunctionName =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly Operand[] };

export interface CompiledCondition {
  readonly label: Label;
  readonly condition: Condition;
  readonly placeholders: Placeholders;
}

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);
const ARITIES: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};
const CHOICES_MAX = 100;

/** @throws ValidationException in AWS's words, for what is not a condition. */
export const compileCondition = memoized((label, text): CompiledCondition => {
  const parser = new ConditionParser(new Reader(label, text));
  return { label, ...parser.parse() };
});

class ConditionParser {
  readonly #reader: Reader;
  /** The condition that last stood in parentheses, to notice doubled ones. */
  #parenthesized: Condition | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  parse() {
    const condition = this.#or();
    this.#reader.expectEnd();
    return { condition, placeholders: this.#reader.placeholders };
  }

  #or(): Condition {
    return this.#chain('or', () => this.#chain('and', () => this.#not()));
  }

  #chain(kind: 'and' | 'or', term: () => Condition): Condition {
    const first = term();
    const terms = [first];
    while (this.#reader.takeIf(kind.toUpperCase())) {
      this.#reader.countOperator();
      terms.push(term());
    }
    return terms.length === 1 ? first : { kind, terms };
  }

  #not(): Condition {
    if (!this.#reader.takeIf('NOT')) return this.#primary();
    this.#reader.countOperator();
    return { kind: 'not', term: this.#not() };
  }

  #primary(): Condition {
    const reader = this.#reader;
    if (reader.takeIf('(')) {
      const condition = this.#or();
      reader.expect(')');
      if (condition === this.#parenthesized) {
        throw reader.error('The expression has redundant parentheses;');
      }
      this.#parenthesized = condition;
      return condition;
    }
    reader.countOperator();
    if (reader.atCall() && reader.peekKeyword() !== 'SIZE') return this.#call();
    return this.#comparison(this.#operand());
  }

  #comparison(left: Operand): Condition {
    const reader = this.#reader;
    const operator = reader.peekKeyword();
    if (COMPARATORS.has(operator)) {
      reader.expect(operator);
      return { kind: 'compare', operator: operator as Comparator, left, right: this.#operand() };
    }
    if (reader.takeIf('BETWEEN')) {
      const low = this.#operand();
      reader.expect('AND');
      return { kind: 'between', operand: left, low, high: this.#operand() };
    }
    if (!reader.takeIf('IN')) throw reader.syntaxError();
    const choices = this.#operands();
    if (choices.length > CHOICES_MAX) {
      throw reader.error(
        `The IN operator is provided with too many operands; number of operands: ${choices.length}`,
      );
    }
    return { kind: 'in', operand: left, choices };
  }

  #operands(): Operand[] {
    this.#reader.expect('(');
    const operands = [this.#operand()];
    while (this.#reader.takeIf(',')) operands.push(this.#operand());
    this.#reader.expect(')');
    return operands;
  }

  #operand(): Operand {
    const reader = this.#reader;
    if (reader.atValue()) return { kind: 'value', name: reader.takeValue() };
    if (!reader.atCall()) return { kind: 'path', path: reader.takePath() };
    const name = reader.takeWord();
    if (name !== 'size') {
      throw ARITIES[name] === undefined
        ? reader.error(`Invalid function name; function: ${name}`)
        : reader.error(
            `The function is not allowed to be used this way in an expression; function: ${name}`,
          );
    }
    reader.expect('(');
    const of = this.#operand();
    reader.expect(')');
    return { kind: 'size', of };
  }

  #call(): Condition {
    const reader = this.#reader;
    const name = reader.takeWord();
    const arity = ARITIES[name];
    if (arity === undefined) {
      throw reader.error(
        name === 'if_not_exists' || name === 'list_append'
          ? `The function is not allowed in a condition expression; function: ${name}`
          : `Invalid function name; function: ${name}`,
      );
    }
    const operands = this.#operands();
    if (operands.length !== arity) {
      throw reader.error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    if (name.startsWith('attribute_') && operands[0]?.kind !== 'path') {
      throw reader.error(
        `Operator or function requires a document path; operator or function: ${name}`,
      );
    }
    return { kind: 'call', name: name as FunctionName, operands };
  }
}
