import { catalogueJsonSchema } from '../../lib/catalogue/json-schema.ts';
import { workflowPages } from './workflows.ts';

/** Everything under docs/ that is made from code, by its path below docs/. */
export const generatedPages = (): Readonly<Record<string, string>> => ({
  'kiln.schema.json': catalogueJsonSchema(),
  ...Object.fromEntries(
    Object.entries(workflowPages()).map(([file, text]) => [`workflows/${file}`, text]),
  ),
});
