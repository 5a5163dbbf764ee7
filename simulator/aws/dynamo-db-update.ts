import { type Bindings, valueAt } from './dynamo-db-bindings.ts';
import { addNumbers, subtractNumbers } from './dynamo-db-number.ts';
import { resolveDistinct } from './dynamo-db-projection.ts';
import type { Path } from './dynamo-db-syntax.ts';
import type { Action, CompiledUpdate, SetOperand } from './dynamo-db-update-syntax.ts';
import { type Item, invalid, kindOf, setMembers, typeName, type Value } from './dynamo-db-value.ts';

/** What update expressions do. @see Amazon DynamoDB Developer Guide, "Using update expressions". */

type Resolved = { readonly action: Action; readonly path: Path };

/**
 * Checks what can be checked without the item, and fills in the names.
 * @throws ValidationException for overlapping paths and for constants of a wrong type.
 */
export function resolveUpdate(update: CompiledUpdate, bindings: Bindings): readonly Resolved[] {
  for (const action of update.actions) checkAction(action, bindings);
  const paths = resolveDistinct(
    update.label,
    update.actions.map(({ path }) => path),
    bindings,
  );
  return update.actions.map((action, i) => ({ action, path: paths[i] ?? action.path }));
}

function checkAction(action: Action, bindings: Bindings): void {
  if (action.kind === 'SET') checkOperand(action.value, bindings);
  if (action.kind === 'SET' || action.kind === 'REMOVE') return;
  const value = bindings.values[action.value];
  if (value === undefined || setMembers(value) !== undefined) return;
  if (action.kind === 'ADD' && value.N !== undefined) return;
  throw wrongType(
    `${action.kind}, operand type: ${typeName(value)}, typeSet: ALLOWED_FOR_${action.kind}_OPERAND`,
  );
}

function checkOperand(operand: SetOperand, bindings: Bindings): void {
  const demand = (part: SetOperand, kind: 'N' | 'L', operator: string) => {
    const value = part.kind === 'value' ? bindings.values[part.name] : undefined;
    if (value !== undefined && kindOf(value) !== kind) {
      throw wrongType(`${operator}, operand type: ${kindOf(value)}`);
    }
    checkOperand(part, bindings);
  };
  if (operand.kind === '+' || operand.kind === '-') {
    demand(operand.left, 'N', operand.kind);
    demand(operand.right, 'N', operand.kind);
  } else if (operand.kind === 'list_append') {
    demand(operand.first, 'L', operand.kind);
    demand(operand.second, 'L', operand.kind);
  } else if (operand.kind === 'if_not_exists') {
    checkOperand(operand.otherwise, bindings);
  }
}

const wrongType = (what: string) =>
  invalid(
    `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${what}`,
  );

/**
 * The item after the update. Every operand is read from the item as it was before.
 * @throws ValidationException when a path leads nowhere, or an operand is missing or of a wrong type.
 */
export function applyUpdate(
  item: Item,
  updates: readonly Resolved[],
  bindings: Bindings,
): Record<string, Value> {
  let result = { ...item };
  for (const { action, path } of inOrder(updates)) {
    const value = newValue(action, item, path, bindings);
    result = edit(result, path, value);
  }
  return Object.freeze(result);
}

/**
 * Elements past the end of a list are appended by rising index. Elements are removed last, the highest index first, so
 * that every index means the list as it was.
 */
function inOrder(updates: readonly Resolved[]): readonly Resolved[] {
  const index = ({ path }: Resolved) =>
    Number(path.findLast((step) => typeof step === 'number') ?? 0);
  const removals = updates.filter(({ action }) => action.kind === 'REMOVE');
  const others = updates.filter(({ action }) => action.kind !== 'REMOVE');
  return [
    ...others.sort((a, b) => index(a) - index(b)),
    ...removals.sort((a, b) => index(b) - index(a)),
  ];
}

function newValue(action: Action, item: Item, path: Path, bindings: Bindings): Value | undefined {
  if (action.kind === 'REMOVE') return undefined;
  if (action.kind === 'SET') return Object.freeze(read(action.value, item, bindings));
  const old = valueAt(item, path, bindings);
  const given = bindings.values[action.value];
  if (given === undefined) return old;
  return action.kind === 'ADD' ? add(old, given) : subtractSet(old, given);
}

function read(operand: SetOperand, item: Item, bindings: Bindings): Value {
  switch (operand.kind) {
    case 'value':
      return present(bindings.values[operand.name]);
    case 'path':
      return present(valueAt(item, operand.path, bindings));
    case 'if_not_exists':
      return valueAt(item, operand.path, bindings) ?? read(operand.otherwise, item, bindings);
    case 'list_append': {
      const first = read(operand.first, item, bindings).L;
      const second = read(operand.second, item, bindings).L;
      if (first === undefined || second === undefined) throw incorrectType();
      return { L: Object.freeze([...first, ...second]) as Value[] };
    }
    default: {
      const left = read(operand.left, item, bindings).N;
      const right = read(operand.right, item, bindings).N;
      if (left === undefined || right === undefined) throw incorrectType();
      return { N: operand.kind === '+' ? addNumbers(left, right) : subtractNumbers(left, right) };
    }
  }
}

function present(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw invalid('The provided expression refers to an attribute that does not exist in the item');
}

const incorrectType = () =>
  invalid('An operand in the update expression has an incorrect data type');

function add(old: Value | undefined, given: Value): Value {
  if (old === undefined) return given;
  if (old.N !== undefined && given.N !== undefined) return { N: addNumbers(old.N, given.N) };
  const present = setMembers(old);
  if (present === undefined || kindOf(old) !== kindOf(given)) throw incorrectType();
  return combine(old, given, (members) => [
    ...present,
    ...members.filter((m) => !present.includes(m)),
  ]);
}

/** A set that becomes empty goes away. */
function subtractSet(old: Value | undefined, given: Value): Value | undefined {
  if (old === undefined) return undefined;
  const present = setMembers(old);
  if (present === undefined || kindOf(old) !== kindOf(given)) throw incorrectType();
  const left = present.filter((member) => !setMembers(given)?.includes(member));
  return left.length === 0 ? undefined : combine(old, given, () => left);
}

/** A set of the kind of `old`, from the identities of its members. */
function combine(
  old: Value,
  given: Value,
  choose: (members: readonly string[]) => readonly string[],
): Value {
  const members = Object.freeze([...choose(setMembers(given) ?? [])]) as string[];
  if (old.SS !== undefined) return { SS: members };
  if (old.NS !== undefined) return { NS: members };
  return { BS: members.map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))) };
}

/** A copy with another value at the path, or with nothing there; what is not on the path is shared. */
function edit(map: Item, path: Path, value: Value | undefined): Record<string, Value> {
  const [step, ...rest] = path;
  if (typeof step !== 'string') throw invalidPath();
  const result = { ...map };
  const changed = rest.length === 0 ? value : editInside(map[step], rest, value);
  if (changed === undefined) delete result[step];
  else result[step] = changed;
  return result;
}

function editInside(container: Value | undefined, path: Path, value: Value | undefined): Value {
  const [step, ...rest] = path;
  if (typeof step === 'string') {
    if (container?.M === undefined) throw invalidPath();
    return Object.freeze({
      M: Object.freeze(edit(container.M, path, value)) as Record<string, Value>,
    });
  }
  if (container?.L === undefined || step === undefined) throw invalidPath();
  const list = [...container.L];
  const changed = rest.length === 0 ? value : editInside(list[step], rest, value);
  if (changed === undefined) list.splice(step, 1);
  else list[Math.min(step, list.length)] = changed;
  return Object.freeze({ L: Object.freeze(list) as Value[] });
}

const invalidPath = () =>
  invalid('The document path provided in the update expression is invalid for update');
