/**
 * Step Functions spells the members of every service in PascalCase, whatever the service itself does, and shows
 * instants as text.
 * @see Step Functions developer guide, "Learning to use AWS service SDK integrations"
 *
 * Assumed, because the guide names no rule: an acronym at the start of a name is written as a word (`VpcZoneIdentifier`
 * for `VPCZoneIdentifier`), as the SDK for Java does; input is matched without regard to case after the first letter.
 */
import { AwsError, type Json } from '../contract.ts';
import {
  bytesOf,
  dateOfSeconds,
  instantOf,
  isoText,
  listOf,
  memberOf,
  recordOf,
} from './document.ts';
import type { Member, Shape, StructShape } from './shape.ts';

/** @throws AwsError `States.Runtime` for a field that the operation lacks, or a value that cannot be its member's. */
export function renameInput(shape: Shape, input: Json, path: string): unknown {
  if (input === null) return undefined;
  switch (shape.kind) {
    case 'struct':
      return structIn(shape, input, path);
    case 'list':
      if (!Array.isArray(input)) throw refused(path, 'a list', input);
      return input.map((each, index) =>
        renameInput(shape.element.shape, each, `${path}[${index}]`),
      );
    case 'map':
      return Object.fromEntries(
        Object.entries(objectIn(input, path)).map(([key, each]) => [
          key,
          renameInput(shape.value.shape, each, `${path}.${key}`),
        ]),
      );
    case 'timestamp':
      return timestampIn(input, path);
    case 'number':
      return numberIn(input, path);
    case 'boolean':
      if (typeof input === 'boolean') return input;
      if (input === 'true' || input === 'false') return input === 'true';
      throw refused(path, 'a boolean', input);
    case 'string':
      return textIn(input);
    case 'blob':
      return Uint8Array.from(Buffer.from(textIn(input), 'utf8'));
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

/** Documents may stand where a service wants their text (`Input` of StartExecution, `Payload` of Invoke). */
const textIn = (input: Json): string => (typeof input === 'string' ? input : JSON.stringify(input));

function structIn(shape: StructShape, input: Json, path: string): unknown {
  const members = pascalMembers(shape);
  const result: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(objectIn(input, path))) {
    const member = /^[A-Z]/.test(name) ? members.get(name.toLowerCase()) : undefined;
    if (member === undefined) {
      const message = `The field '${name}' is not supported by Step Functions (${path})`;
      throw new AwsError('States.Runtime', message);
    }
    const value = renameInput(member.shape, each, `${path}.${name}`);
    if (value !== undefined) result[member.name] = value;
  }
  return result;
}

const membersByShape = new WeakMap<StructShape, ReadonlyMap<string, Member>>();

function pascalMembers(shape: StructShape): ReadonlyMap<string, Member> {
  const before = membersByShape.get(shape);
  if (before !== undefined) return before;
  const members = new Map(shape.members.map((each) => [each.name.toLowerCase(), each]));
  membersByShape.set(shape, members);
  return members;
}

function objectIn(input: Json, path: string): { [key: string]: Json } {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  throw refused(path, 'an object', input);
}

function timestampIn(input: Json, path: string): Date {
  const date = typeof input === 'number' ? dateOfSeconds(input) : new Date(String(input));
  if (Number.isNaN(date.getTime())) throw refused(path, 'a timestamp', input);
  return date;
}

function numberIn(input: Json, path: string): number {
  const value = typeof input === 'string' && input.trim() !== '' ? Number(input) : input;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refused(path, 'a number', input);
}

const refused = (path: string, wanted: string, got: Json): AwsError =>
  new AwsError('States.Runtime', `${path}: expected ${wanted}, got ${JSON.stringify(got)}`);

/** @throws Error for a member that the output lacks. */
export function renameOutput(shape: Shape, output: unknown, path: string): Json {
  switch (shape.kind) {
    case 'struct': {
      const result: { [key: string]: Json } = {};
      for (const [name, each] of Object.entries(recordOf(output ?? {}, path))) {
        const member = each == null ? undefined : memberOf(shape, name, path);
        if (member !== undefined) result[pascal(name)] = renameOutput(member.shape, each, name);
      }
      return result;
    }
    case 'list':
      return listOf(output, path).map((each) =>
        each == null ? null : renameOutput(shape.element.shape, each, path),
      );
    case 'map':
      return Object.fromEntries(
        Object.entries(recordOf(output, path))
          .filter(([, each]) => each != null)
          .map(([key, each]) => [key, renameOutput(shape.value.shape, each, path)]),
      );
    case 'timestamp':
      return isoText(instantOf(output, path));
    case 'blob':
      return Buffer.from(bytesOf(output, path)).toString('utf8');
    case 'number':
    case 'string':
    case 'boolean':
      return output as Json;
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

/** `clientToken` gives `ClientToken`, `VPCZoneIdentifier` gives `VpcZoneIdentifier`; `ARN` alone stays. */
export function pascal(name: string): string {
  const acronym = /^[A-Z]{2,}(?=[A-Z][a-z])/.exec(name)?.[0];
  if (acronym === undefined) return name.charAt(0).toUpperCase() + name.slice(1);
  return acronym.charAt(0) + acronym.slice(1).toLowerCase() + name.slice(acronym.length);
}
