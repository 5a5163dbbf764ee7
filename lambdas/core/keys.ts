/** The keys of the ledger's one table. `docs/ledger.md` shows them with their items. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export const imageKeys = (image: string) => ({
  claim: { pk: `IMAGE#${image}`, sk: 'CLAIM' },
  pending: { pk: `IMAGE#${image}`, sk: 'PENDING' },
  labels: { pk: `IMAGE#${image}`, sk: 'LABELS' },
  current: { pk: `IMAGE#${image}`, sk: 'CURRENT' },
  base: { pk: `IMAGE#${image}`, sk: 'BASE' },
  version: (label: string): Key => ({ pk: `IMAGE#${image}`, sk: `VERSION#${label}` }),
  cause: (id: string): Key => ({ pk: `IMAGE#${image}`, sk: `CAUSE#${id}` }),
  duplicate: (id: string, eventId: string): Key => ({
    pk: `IMAGE#${image}`,
    sk: `DUPLICATE#${id}#${eventId}`,
  }),
});

export const fleetKeys = (fleet: string) => ({
  lock: { pk: `FLEET#${fleet}`, sk: 'LOCK' },
  state: { pk: `FLEET#${fleet}`, sk: 'STATE' },
  block: { pk: `FLEET#${fleet}`, sk: 'BLOCK' },
  rollout: { pk: `FLEET#${fleet}`, sk: 'ROLLOUT' },
});

export const FLEET_PREFIX = 'FLEET#';

export const approvalPrefix = (fleet: string): string => `APPROVAL#${fleet}#`;
/** No fleet has such a name. */
const ofWave = (wave: string): string => `wave/${wave}`;
const atCheckpoint = (percent: number): string => String(percent).padStart(3, '0');

const RELEASE_PREFIX = 'RELEASE#';

/** Whose item it is, where it is a release's. */
export const releaseIdOf = ({ pk }: Key): string | undefined =>
  pk.startsWith(RELEASE_PREFIX) ? pk.slice(RELEASE_PREFIX.length) : undefined;

export const releaseKeys = (id: string) => ({
  partition: `RELEASE#${id}`,
  meta: { pk: `RELEASE#${id}`, sk: 'META' },
  fleet: (fleet: string): Key => ({ pk: `RELEASE#${id}`, sk: `${FLEET_PREFIX}${fleet}` }),
  /** In the order in which a fleet is judged. */
  verdict: (fleet: string, checkpointPercent: number): Key => ({
    pk: `RELEASE#${id}`,
    sk: `VERDICT#${fleet}#${atCheckpoint(checkpointPercent)}`,
  }),
  approval: (fleet: string, checkpointPercent: number): Key => ({
    pk: `RELEASE#${id}`,
    sk: `${approvalPrefix(fleet)}${atCheckpoint(checkpointPercent)}`,
  }),
  waveVerdict: (wave: string): Key => ({ pk: `RELEASE#${id}`, sk: `VERDICT#${ofWave(wave)}` }),
  waveApproval: (wave: string): Key => ({ pk: `RELEASE#${id}`, sk: `APPROVAL#${ofWave(wave)}` }),
});

export const parkedKey = (executionArn: string): Key => ({
  pk: `EXECUTION#${executionArn}`,
  sk: 'PARKED',
});

export const cataloguePartition = (digest: string): string => `CATALOGUE#${digest}`;
export const catalogueChunkKey = (digest: string, index: number): Key => ({
  pk: cataloguePartition(digest),
  sk: `CHUNK#${String(index).padStart(4, '0')}`,
});

/** The list of catalogues that something may have begun by, and that the sweep looks at: one item each. */
export const sweptPartition = 'CATALOGUES';
export const SWEPT_PREFIX = 'DIGEST#';
export const sweptKey = (digest: string): Key => ({
  pk: sweptPartition,
  sk: `${SWEPT_PREFIX}${digest}`,
});
