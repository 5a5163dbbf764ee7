import jsonata from 'jsonata';

/** Where an expression stands decides which members of `$states` it may read. */
export type Place = 'before' | 'result' | 'error';

export interface Expression {
  readonly state: string;
  /** Path of the field: `Arguments.Payload.mandate`. */
  readonly field: string;
  readonly text: string;
  readonly place: Place;
}

/** A variable that is read, with the members that follow: `$decision.kind`. */
export interface Reading {
  readonly variable: string;
  readonly members: readonly string[];
  /** Whether the expression stays a value when the reading finds nothing: compared, tested, or joined to a text. */
  readonly mayBeNothing: boolean;
}

export interface Analysis {
  readonly readings: readonly Reading[];
  readonly functions: readonly string[];
  /** Fields of the input that stand without `$states.input` before them. Step Functions has no such context. */
  readonly bareNames: readonly string[];
}

type Node = { readonly type?: string; readonly value?: unknown; readonly [key: string]: unknown };

interface Within {
  /** Names that the expression itself has bound. */
  readonly bound: ReadonlySet<string>;
  /** Inside a path's later step or a predicate, where `$` and bare names have a meaning. */
  readonly inStep: boolean;
  readonly mayBeNothing: boolean;
}

const TOLERANT = new Set(['=', '!=', '&', 'and', 'or', 'in']);
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Of the texts that were asked for before: the same ones stand in many states, and in every planted mistake. */
const known = new Map<string, Analysis>();

/** @throws Error in jsonata's words when the text is no expression */
export function analyse(text: string): Analysis {
  const analysis = known.get(text) ?? analyseAnew(text);
  known.set(text, analysis);
  return analysis;
}

function analyseAnew(text: string): Analysis {
  const readings: Reading[] = [];
  const functions: string[] = [];
  const bareNames: string[] = [];
  visit(jsonata(text).ast() as unknown as Node, {
    bound: new Set(),
    inStep: false,
    mayBeNothing: false,
  });
  return { readings, functions, bareNames };

  function visit(node: unknown, within: Within): void {
    if (Array.isArray(node)) for (const part of node) visit(part, within);
    else if (isNode(node)) visitNode(node, within);
  }

  function visitNode(node: Node, within: Within): void {
    switch (node.type) {
      case 'variable':
        read(node, [], within);
        break;
      case 'name':
        if (!within.inStep) bareNames.push(String(node.value));
        visit([node['stages'], node['predicate'], node['group']], inside(within));
        break;
      case 'path':
        visitPath(node, within);
        break;
      case 'function':
      case 'partial':
        visitCalled(node['procedure'], within);
        visit(node['arguments'], { ...within, mayBeNothing: false });
        break;
      case 'apply':
        visit(node['lhs'], within);
        visitCalled(node['rhs'], within);
        break;
      case 'block':
        visitBlock(node['expressions'], within);
        break;
      case 'lambda': {
        const names = (node['arguments'] as Node[]).map(({ value }) => String(value));
        visit(node['body'], { ...within, bound: new Set([...within.bound, ...names]) });
        break;
      }
      case 'condition':
        visit(node['condition'], { ...within, mayBeNothing: true });
        visit([node['then'], node['else']], within);
        break;
      case 'binary': {
        const tolerant = within.mayBeNothing || TOLERANT.has(String(node.value));
        visit([node['lhs'], node['rhs']], { ...within, mayBeNothing: tolerant });
        break;
      }
      default: {
        // Anything else is walked through: lists, objects, sorting, transforming.
        const parts = Object.entries(node).filter(
          ([key]) => key !== 'value' || node.type === undefined,
        );
        visit(
          parts.map(([, part]) => part),
          { ...within, mayBeNothing: false },
        );
      }
    }
  }

  function visitPath(node: Node, within: Within): void {
    const [first, ...rest] = node['steps'] as Node[];
    const plain = rest.findIndex(({ type }) => type !== 'name');
    const names = plain === -1 ? rest : rest.slice(0, plain);
    if (first?.type === 'variable') {
      read(
        first,
        names.map(({ value }) => String(value)),
        within,
      );
    } else visit(first, within);
    visit(rest, inside(within));
    visit(node['group'], inside(within));
  }

  function visitCalled(procedure: unknown, within: Within): void {
    if (isNode(procedure) && procedure.type === 'variable') {
      const name = String(procedure.value);
      if (!within.bound.has(name)) functions.push(name);
    } else visit(procedure, within);
  }

  /** A name that is bound is known to what follows in the block, and to a function that it names. */
  function visitBlock(parts: unknown, within: Within): void {
    let bound = within.bound;
    for (const part of parts as Node[]) {
      if (part.type === 'bind') {
        const wider = new Set([...bound, String((part['lhs'] as Node).value)]);
        const value = part['rhs'] as Node;
        visit(value, { ...within, bound: value.type === 'lambda' ? wider : bound });
        bound = wider;
      } else visit(part, { ...within, bound });
    }
  }

  function read(node: Node, members: readonly string[], within: Within): void {
    const variable = String(node.value);
    visit([node['stages'], node['predicate']], inside(within));
    if (within.bound.has(variable)) return;
    if (variable === '' && within.inStep) return;
    readings.push({ variable, members, mayBeNothing: within.mayBeNothing });
  }
}

const inside = (within: Within): Within => ({ ...within, inStep: true, mayBeNothing: false });

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** Every expression of a value, with the path of its field. */
export function expressionsIn(
  value: unknown,
  state: string,
  field: string,
  place: Place,
): readonly Expression[] {
  if (typeof value === 'string') {
    const text = EXPRESSION.exec(value)?.[1];
    return text === undefined ? [] : [{ state, field, text, place }];
  }
  if (!isNode(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    expressionsIn(part, state, `${field}.${key}`, place),
  );
}
