import { BlockList, isIP } from 'node:net';
import type { Json } from '../contract.ts';

/** The conditions on one field. @see Amazon EventBridge User Guide, "Comparison operators for use in event patterns". */

export type Scalar = string | number | boolean | null;

export interface LeafTest {
  readonly matches: (value: Scalar) => boolean;
  /** Set by `exists` alone: whether the field must be absent. */
  readonly absent?: boolean;
  readonly wildcard?: boolean;
}

type Refuse = (reason: string) => Error;
type Matches = LeafTest['matches'];

const NUMBER_MAX = 5_000_000_000;

export function compileCondition(condition: Json, refuse: Refuse): LeafTest {
  if (isScalar(condition)) return { matches: (value) => value === condition };
  if (Array.isArray(condition)) {
    throw refuse('Match value must be String, number, true, false, or null');
  }
  const [[operator, operand] = ['', null], ...others] = Object.entries(condition);
  if (others.length > 0) throw refuse('Only one key allowed in match expression');
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') {
      throw refuse('exists match pattern must be either true or false.');
    }
    return { matches: () => true, absent: !operand };
  }
  if (operator === 'anything-but') return anythingBut(operand, refuse);
  const matches = compileOperator(operator, operand, refuse);
  return operator === 'wildcard' ? { matches, wildcard: true } : { matches };
}

const isScalar = (value: Json): value is Scalar => typeof value !== 'object' || value === null;

function compileOperator(operator: string, operand: Json, refuse: Refuse): Matches {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operator, operand, refuse);
    case 'equals-ignore-case':
      return ignoringCase(textOf(operator, operand, refuse), (value, text) => value === text);
    case 'wildcard':
      return wildcard(textOf(operator, operand, refuse), refuse);
    case 'numeric':
      return numeric(operand, refuse);
    case 'cidr':
      return cidr(textOf(operator, operand, refuse), refuse);
    default:
      throw refuse(`Unrecognized match type ${operator}`);
  }
}

function affix(operator: 'prefix' | 'suffix', operand: Json, refuse: Refuse): Matches {
  const holds = (value: string, text: string) =>
    operator === 'prefix' ? value.startsWith(text) : value.endsWith(text);
  if (typeof operand === 'string') {
    return (value) => typeof value === 'string' && holds(value, operand);
  }
  const entries = isScalar(operand) || Array.isArray(operand) ? [] : Object.entries(operand);
  const [[nested, text] = ['', null]] = entries;
  if (entries.length !== 1 || nested !== 'equals-ignore-case') {
    throw refuse(`${operator} match pattern must be a string`);
  }
  return ignoringCase(textOf(nested, text, refuse), holds);
}

function ignoringCase(text: string, holds: (value: string, text: string) => boolean): Matches {
  const lower = text.toLowerCase();
  return (value) => typeof value === 'string' && holds(value.toLowerCase(), lower);
}

/** `*` is any text, also none; `\*` is a star and `\\` a backslash. */
function wildcard(text: string, refuse: Refuse): Matches {
  let source = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '\\') {
      const escaped = text.charAt(i + 1);
      if (escaped !== '*' && escaped !== '\\') {
        throw refuse(`Invalid escape character at pos ${i}`);
      }
      source += `\\${escaped}`;
      i += 1;
    } else if (char === '*') {
      if (text.charAt(i + 1) === '*') throw refuse(`Consecutive wildcard characters at pos ${i}`);
      source += '.*';
    } else {
      source += char.replace(/[.+?^${}()|[\]]/, '\\$&');
    }
  }
  const pattern = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && pattern.test(value);
}

const BOUNDS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: Json, refuse: Refuse): Matches {
  if (!Array.isArray(operand) || operand.length === 0) {
    throw refuse('Invalid member in numeric match: must be an array of operators and numbers');
  }
  if (operand.length !== 2 && operand.length !== 4) {
    throw refuse('Too many or too few elements in numeric expression');
  }
  const bounds: { operator: string; bound: number }[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const operator = String(operand[i]);
    const bound = operand[i + 1];
    if (BOUNDS[operator] === undefined) {
      throw refuse(`Unrecognized numeric range operator: ${operator}`);
    }
    if (typeof bound !== 'number') throw refuse(`Value of ${operator} must be numeric`);
    if (Math.abs(bound) > NUMBER_MAX) {
      throw refuse(`Value must be between ${-NUMBER_MAX} and ${NUMBER_MAX}, inclusive`);
    }
    bounds.push({ operator, bound });
  }
  const [low, high] = bounds;
  if (low !== undefined && high !== undefined) {
    if (!low.operator.startsWith('>') || !high.operator.startsWith('<')) {
      throw refuse('Bad numeric range operator');
    }
    if (low.bound >= high.bound) throw refuse('Bottom must be less than top');
  }
  return (value) =>
    typeof value === 'number' &&
    bounds.every(({ operator, bound }) => BOUNDS[operator]?.(value, bound) === true);
}

function cidr(text: string, refuse: Refuse): Matches {
  const [address = '', bits = '', ...rest] = text.split('/');
  const version = isIP(address);
  const length = Number(bits);
  const lengthMax = version === 6 ? 128 : 32;
  if (rest.length > 0 || bits === '') throw refuse("Malformed CIDR, one '/' required");
  if (version === 0) throw refuse(`Malformed CIDR, invalid IP address: ${address}`);
  if (!Number.isInteger(length) || length < 0 || length > lengthMax) {
    throw refuse('Malformed CIDR, mask bits must be an integer in the range of the address');
  }
  const block = new BlockList();
  const family = version === 6 ? 'ipv6' : 'ipv4';
  block.addSubnet(address, length, family);
  return (value) =>
    typeof value === 'string' && isIP(value) === version && block.check(value, family);
}

/** True for every value that is there and that none of the operands matches. */
function anythingBut(operand: Json, refuse: Refuse): LeafTest {
  if (isScalar(operand) || Array.isArray(operand)) {
    const values: readonly Json[] = Array.isArray(operand) ? operand : [operand];
    const plain = values.every((each) => typeof each === 'string' || typeof each === 'number');
    if (values.length === 0 || !plain) {
      throw refuse('Inside anything but list, start|null|boolean is not supported.');
    }
    return { matches: (value) => !values.some((each) => each === value) };
  }
  const entries = Object.entries(operand);
  const [[operator, given] = ['', null]] = entries;
  if (entries.length !== 1 || !NEGATABLE.has(operator)) {
    throw refuse(`Unsupported anything-but pattern: ${operator}`);
  }
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw refuse('Empty arrays are not allowed');
  if (!list.every((each) => typeof each === 'string' && each !== '')) {
    throw refuse(`${operator} in anything-but must be a non-empty string or a list of them`);
  }
  const tests = list.map((each) => compileOperator(operator, each, refuse));
  return {
    matches: (value) => !tests.some((test) => test(value)),
    wildcard: operator === 'wildcard',
  };
}

const NEGATABLE: ReadonlySet<string> = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
]);

function textOf(operator: string, operand: Json, refuse: Refuse): string {
  if (typeof operand === 'string') return operand;
  throw refuse(`${operator} match pattern must be a string`);
}
