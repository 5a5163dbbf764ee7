import * as z from 'zod';

/** What `bin/app.ts` takes from the CDK context (`cdk.json`, `-c name=value`). */
export const Config = z.object({
  /** Path of the catalogue, relative to the directory that the CDK runs in. */
  catalogue: z
    .string({ error: 'the path of a kiln.yaml, such as -c catalogue=examples/web/kiln.yaml' })
    .min(1, { error: 'the path of a kiln.yaml, such as -c catalogue=examples/web/kiln.yaml' }),
});
export type Config = z.infer<typeof Config>;
