import { AwsError } from '../contract.ts';
import { instantIn } from './document.ts';
import type { Member, Shape, StructShape } from './shape.ts';

/**
 * The two form encodings: `A.member.1.B=x` of AWS query, `A.1.B=x` of EC2 query.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 * @see https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export type QueryDialect = 'query' | 'ec2';

/** The dotted keys of a form, taken apart. */
interface FormNode {
  value?: string;
  children?: Map<string, FormNode>;
}

export function parseForm(text: string): Map<string, string> {
  const form = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    form.set(unescaped(key), equals < 0 ? '' : unescaped(pair.slice(equals + 1)));
  }
  return form;
}

const unescaped = (text: string): string =>
  text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;

/**
 * The input of an operation from its form; `Action` and `Version` are no members and fall out.
 * @throws UnknownParameter in EC2's dialect
 */
export function fromForm(
  shape: Shape,
  form: ReadonlyMap<string, string>,
  dialect: QueryDialect,
): unknown {
  const root: FormNode = {};
  for (const [key, value] of form) {
    let node = root;
    for (const part of key.split('.')) {
      node.children ??= new Map();
      let child = node.children.get(part);
      if (child === undefined) {
        child = {};
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return shape.kind === 'struct' ? structFrom(shape, root, dialect) : {};
}

/** What names the operation, and the signature of a presigned URL. */
const ofEveryRequest = /^(Action|Version|X-Amz-.*)$/;

/** AWS query ignores a parameter that it does not know. @throws UnknownParameter as EC2 does */
function structFrom(shape: StructShape, node: FormNode, dialect: QueryDialect): unknown {
  const result: Record<string, unknown> = {};
  if (node.children === undefined) return result;
  const names = wireNames(shape, dialect);
  for (const [key, child] of node.children) {
    const member = names.get(key);
    if (member !== undefined) result[member.name] = valueFrom(member, child, dialect);
    else if (dialect === 'ec2' && !ofEveryRequest.test(key)) {
      throw new AwsError('UnknownParameter', `The parameter ${key} is not recognized`);
    }
  }
  return result;
}

const namesByShape: Record<QueryDialect, WeakMap<StructShape, ReadonlyMap<string, Member>>> = {
  query: new WeakMap(),
  ec2: new WeakMap(),
};

function wireNames(shape: StructShape, dialect: QueryDialect): ReadonlyMap<string, Member> {
  const before = namesByShape[dialect].get(shape);
  if (before !== undefined) return before;
  // Two members of SQS share a name here; the first is the one that an older client means, so it is set last.
  const members = [...shape.members].reverse();
  const names = new Map(members.map((each) => [wireName(each, dialect), each]));
  namesByShape[dialect].set(shape, names);
  return names;
}

function wireName({ name, traits }: Member, dialect: QueryDialect): string {
  if (dialect === 'query') return traits.xmlName ?? name;
  if (traits.ec2QueryName !== undefined) return traits.ec2QueryName;
  const xmlName = traits.xmlName ?? name;
  return xmlName.charAt(0).toUpperCase() + xmlName.slice(1);
}

function valueFrom(member: Member, node: FormNode, dialect: QueryDialect): unknown {
  const { shape } = member;
  const text = node.value ?? '';
  switch (shape.kind) {
    case 'struct':
      return structFrom(shape, node, dialect);
    case 'list': {
      const flat = dialect === 'ec2' || member.traits.xmlFlattened !== undefined;
      const items = flat ? node : child(node, shape.element.traits.xmlName ?? 'member');
      return numbered(items).map((each) => valueFrom(shape.element, each, dialect));
    }
    case 'map': {
      const entries = member.traits.xmlFlattened === undefined ? child(node, 'entry') : node;
      const result: Record<string, unknown> = {};
      for (const entry of numbered(entries)) {
        const key = child(entry, shape.key.traits.xmlName ?? 'key').value ?? '';
        const value = child(entry, shape.value.traits.xmlName ?? 'value');
        result[key] = valueFrom(shape.value, value, dialect);
      }
      return result;
    }
    case 'number':
      return Number(text);
    case 'boolean':
      return text.toLowerCase() === 'true';
    case 'timestamp':
      return instantIn(text);
    case 'blob':
      return Uint8Array.from(Buffer.from(text, 'base64'));
    case 'string':
      return text;
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

const nothing: FormNode = {};
const child = (node: FormNode, name: string): FormNode => node.children?.get(name) ?? nothing;

/** Children `1`, `2`, ... in the order of their numbers, which need not be the order in the form. */
function numbered(node: FormNode): readonly FormNode[] {
  return [...(node.children ?? [])]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, each]) => each);
}
