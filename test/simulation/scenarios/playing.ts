import { vi } from 'vitest';
import { cast, scenarioNamed } from '../../../bin/cli/casting.ts';
import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import { type History, playHistory } from '../../../bin/cli/history.ts';
import type { ReleaseReport } from '../../../bin/cli/report.ts';
import { synthesize } from '../../../bin/cli/synthesize.ts';
import type { WorldFile } from '../../../bin/cli/world-file.ts';
import type { Readings } from '../../../simulator/contract.ts';
import type { Account, TraceLine } from '../../../simulator/index.ts';
import { Transcript } from '../../../simulator/transcript/transcript.ts';

// A history takes a second or two; on a crowded machine, and where the app has to be synthesized first, many.
vi.setConfig({ testTimeout: 300_000 });

/** The catalogue that `npm start` rehearses: one image, two waves of one fleet each. */
const EXAMPLE = 'examples/web/kiln.yaml';

export interface Played extends History {
  /** `Rollout web-staging: Turn back`, in order. */
  readonly transcript: readonly string[];
  readonly releases: readonly ReleaseReport[];
  /** By trace line. */
  readonly trace: readonly TraceLine[];
}

export interface PlayOptions {
  readonly seed?: number;
  readonly readings?: Partial<Readings>;
  readonly world?: WorldFile;
  readonly catalogueFile?: string;
  readonly arrange?: (account: Account) => void;
  readonly sharePureCode?: boolean;
  readonly reuseInstances?: boolean;
  /** @default false: much faster, and a test holds the traces equal */
  readonly throughWire?: boolean;
  readonly stop?: () => boolean;
}

/** Plays scenarios in one world made of the real app, as the command line does. */
export async function playScenario(
  names: string | readonly string[],
  { seed = 1, readings = {}, world = {}, catalogueFile = EXAMPLE, ...rest }: PlayOptions = {},
): Promise<Played> {
  const catalogue = readCatalogue(catalogueFile);
  const assembly = await synthesize(catalogue);
  const told = new Transcript();
  const transcript: string[] = [];
  const trace: TraceLine[] = [];
  const history = await playHistory({
    catalogue,
    assembly,
    world,
    acts: [names].flat().map((name) => cast(scenarioNamed(name), catalogue)),
    seed,
    readings,
    replay: 'a test',
    throughWire: false,
    ...rest,
    hear: (line, begun) => {
      trace.push(structuredClone(line));
      if (!begun) return;
      transcript.push(...told.tell(line).map(({ who, what }) => `${who}: ${what}`));
    },
  });
  const releases = history.acts.flatMap((act) => act.releases.map(({ report }) => report));
  return { ...history, transcript, releases, trace };
}

/** What differs from the scenario's ending, and every invariant that was broken. */
export const troubles = ({ acts, breaches }: History): readonly string[] => [
  ...acts.flatMap(({ differences }) => differences),
  ...breaches.map(({ invariant, message }) => `${invariant}: ${message}`),
];

/** The first lines of the transcript that match, in this order; undefined for one that does not come after the one before. */
export function inOrder(
  transcript: readonly string[],
  patterns: readonly RegExp[],
): readonly (string | undefined)[] {
  let from = 0;
  return patterns.map((pattern) => {
    const found = transcript.findIndex((line, index) => index >= from && pattern.test(line));
    if (found < 0) return undefined;
    from = found + 1;
    return transcript[found];
  });
}

/** Outcomes by fleet. */
export const fleetOutcomes = (release: ReleaseReport | undefined) =>
  Object.fromEntries((release?.fleets ?? []).map(({ name, outcome }) => [name, outcome]));
