import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../fixtures/events/', import.meta.url));

interface Fixture {
  /** Where the sample is from, or how it was made invalid. */
  readonly origin: string;
  readonly event: Readonly<Record<string, unknown>>;
}

const read = (path: string): Fixture => JSON.parse(readFileSync(`${FIXTURES}${path}.json`, 'utf8'));

/** An event of test/fixtures/events, by service and case. */
export const anEvent = (path: string): Fixture['event'] => read(path).event;

export const fixtures = (): readonly (Fixture & { readonly path: string })[] =>
  readdirSync(FIXTURES).flatMap((service) =>
    readdirSync(`${FIXTURES}${service}`).map((file) => {
      const path = `${service}/${file.slice(0, -'.json'.length)}`;
      return { path, ...read(path) };
    }),
  );
