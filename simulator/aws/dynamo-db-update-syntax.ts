import { type Label, memoized, type Path, type Placeholders, Reader } from './dynamo-db-syntax.ts';

/** How update expressions are written. @see Amazon DynamoDB Developer Guide, "Using update expressions". */

export type SetOperand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: SetOperand }
  | { readonly kind: 'list_append'; readonly first: SetOperand; readonly second: SetOperand }
  | { readonly kind: '+' | '-'; readonly left: SetOperand; readonly right: SetOperand };

export type Action =
  | { readonly kind: 'SET'; readonly path: Path; readonly value: SetOperand }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: string };

export interface CompiledUpdate {
  readonly label: Label;
  readonly actions: readonly Action[];
  readonly placeholders: Placeholders;
}

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

export const compileUpdate = memoized((label, text): CompiledUpdate => {
  const reader = new Reader(label, text);
  const actions: Action[] = [];
  const seen = new Set<string>();
  while (!reader.atEnd()) {
    const section = SECTIONS.find((name) => reader.takeIf(name));
    if (section === undefined) throw reader.syntaxError();
    if (seen.has(section)) {
      throw reader.error(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do actions.push(takeAction(reader, section));
    while (reader.takeIf(','));
  }
  return { label, actions, placeholders: reader.placeholders };
});

function takeAction(reader: Reader, section: (typeof SECTIONS)[number]): Action {
  reader.countOperator();
  const path = reader.takePath();
  if (section === 'REMOVE') return { kind: section, path };
  if (section !== 'SET') return { kind: section, path, value: reader.takeValue() };
  reader.expect('=');
  return { kind: 'SET', path, value: takeSum(reader) };
}

function takeSum(reader: Reader): SetOperand {
  const left = takeOperand(reader);
  if (reader.takeIf('+')) return { kind: '+', left, right: takeOperand(reader) };
  if (reader.takeIf('-')) return { kind: '-', left, right: takeOperand(reader) };
  return left;
}

function takeOperand(reader: Reader): SetOperand {
  if (reader.atValue()) return { kind: 'value', name: reader.takeValue() };
  if (reader.takeIf('(')) {
    const operand = takeSum(reader);
    reader.expect(')');
    return operand;
  }
  if (!reader.atCall()) return { kind: 'path', path: reader.takePath() };
  return takeFunction(reader);
}

function takeFunction(reader: Reader): SetOperand {
  const name = reader.takeWord();
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw reader.error(
      CONDITION_FUNCTIONS.has(name)
        ? `The function is not allowed in an update expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  reader.countOperator();
  reader.expect('(');
  const operands = [takeOperand(reader)];
  while (reader.takeIf(',')) operands.push(takeOperand(reader));
  reader.expect(')');
  const [first, second] = operands;
  if (first === undefined || second === undefined || operands.length > 2) {
    throw reader.error(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === 'list_append') return { kind: 'list_append', first, second };
  if (first.kind !== 'path') {
    throw reader.error(
      `Operator or function requires a document path; operator or function: ${name}`,
    );
  }
  return { kind: 'if_not_exists', path: first.path, otherwise: second };
}

const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);
