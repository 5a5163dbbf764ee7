import { bytesOf, instantOf, isoText, listOf, memberOf, recordOf, scalarOf } from './document.ts';
import type { Member, Shape } from './shape.ts';

/**
 * The members of a structure as XML elements, without an element around them, as both query protocols answer.
 * @throws Error as `toDocument`.
 */
export function membersToXml(shape: Shape, value: unknown, path: string): string {
  if (shape.kind !== 'struct') return '';
  let xml = '';
  for (const [name, each] of Object.entries(recordOf(value ?? {}, path))) {
    if (each == null) continue;
    const member = memberOf(shape, name, path);
    if (member !== undefined) xml += memberToXml(member, each, name);
  }
  return xml;
}

function memberToXml(member: Member, value: unknown, path: string): string {
  const { shape } = member;
  const name = member.traits.xmlName ?? member.name;
  if (member.traits.xmlFlattened === undefined) return element(name, contentOf(shape, value, path));
  if (shape.kind === 'list') return itemsToXml(shape.element.shape, name, value, path);
  if (shape.kind === 'map') return entriesToXml(shape, name, value, path);
  return element(name, contentOf(shape, value, path));
}

function contentOf(shape: Shape, value: unknown, path: string): string {
  switch (shape.kind) {
    case 'struct':
      return membersToXml(shape, value, path);
    case 'list': {
      const itemName = shape.element.traits.xmlName ?? 'member';
      return itemsToXml(shape.element.shape, itemName, value, path);
    }
    case 'map':
      return entriesToXml(shape, 'entry', value, path);
    case 'timestamp':
      return isoText(instantOf(value, path));
    case 'blob':
      return Buffer.from(bytesOf(value, path)).toString('base64');
    case 'number':
      return String(scalarOf('number', value, path));
    case 'boolean':
      return String(scalarOf('boolean', value, path));
    case 'string':
      return escapeText(scalarOf('string', value, path));
    case 'unit':
      return '';
    default:
      return shape satisfies never;
  }
}

function itemsToXml(shape: Shape, name: string, value: unknown, path: string): string {
  let xml = '';
  for (const each of listOf(value, path)) {
    if (each != null) xml += element(name, contentOf(shape, each, path));
  }
  return xml;
}

function entriesToXml(
  shape: { readonly key: Member; readonly value: Member },
  name: string,
  value: unknown,
  path: string,
): string {
  const keyName = shape.key.traits.xmlName ?? 'key';
  const valueName = shape.value.traits.xmlName ?? 'value';
  let xml = '';
  for (const [key, each] of Object.entries(recordOf(value, path))) {
    if (each == null) continue;
    const entry = element(valueName, contentOf(shape.value.shape, each, path));
    xml += element(name, element(keyName, escapeText(key)) + entry);
  }
  return xml;
}

export const element = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;

const special = /[&<>"'\r\n\u0085\u2028]/;
const specials = /[&<>"'\r\n\u0085\u2028]/g;

/** Line ends as numbers too: an XML reader may change or drop bare ones. */
export const escapeText = (text: string): string =>
  special.test(text)
    ? text.replace(specials, (each) => `&#x${each.charCodeAt(0).toString(16)};`)
    : text;
