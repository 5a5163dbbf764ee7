import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogueJsonSchema } from '../lib/catalogue/json-schema.ts';

/** `npx tsx bin/write-schema.ts` brings docs/kiln.schema.json up to date; a test says when that is due. */
writeFileSync(
  fileURLToPath(new URL('../docs/kiln.schema.json', import.meta.url)),
  catalogueJsonSchema(),
);
