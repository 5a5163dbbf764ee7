import * as z from 'zod';
import { catalogueSchema } from './schema.ts';

/**
 * The JSON Schema of `kiln.yaml`, as text, for editors: completes keys, shows descriptions, underlines mistakes. References
 * between names are beyond it; `loadCatalogue` checks those.
 */
export function catalogueJsonSchema(): string {
  const schema = z.toJSONSchema(catalogueSchema, { io: 'input', target: 'draft-7' });
  const text = JSON.stringify({ title: 'Kiln catalogue', ...schema }, undefined, 2);
  return `${text.replace(/^.*\[\n[^[\]{}]*\],?$/gm, onOneLine)}\n`;
}

/** Short lists as the formatter of this project writes them, so that a generated file is a formatted one. */
function onOneLine(list: string): string {
  const joined = list
    .replace(/\n\s*/g, ' ')
    .replace('[ ', '[')
    .replace(/ \](,?)$/, ']$1');
  return joined.length <= 100 ? joined : list;
}
