import { type RehearsedGate, settingsOf } from '../scenarios/catalogue.ts';
import type { AuditedRelease, AuditedReleaseFleet } from './ledger-view.ts';
import type { Witness } from './witness.ts';

/** Whether the release ended because nobody answered, and kept the waves that were proven. */
export const keptWaves = ({ outcome, keptReason }: AuditedRelease): boolean =>
  outcome === 'needs-a-person' && keptReason !== undefined;

const holds = ({ gates = [] }: { readonly gates?: readonly RehearsedGate[] | undefined }) =>
  gates.some((gate) => gate.kind === 'approval' && gate.onExpiry === 'hold');

/**
 * What is wrong with the waves that a release kept; nothing where it may: whole waves from the first one on, and a gate that
 * says so in the last of them or in a fleet of the next.
 */
export function wrongWithKept(
  { catalogue }: Witness,
  release: AuditedRelease,
  recorded: readonly AuditedReleaseFleet[],
): readonly string[] {
  const waves = settingsOf(catalogue).find(({ image }) => image.name === release.image)?.waves;
  const kept = new Set(
    recorded.filter(({ outcome }) => outcome === 'rolled-out').map(({ fleet }) => fleet),
  );
  const counts = (waves ?? []).map(({ fleets }) => fleets.filter((one) => kept.has(one)).length);
  const torn = (waves ?? []).filter(
    ({ fleets }, index) => counts[index] !== 0 && counts[index] !== fleets.length,
  );
  const end = counts.indexOf(0);
  const length = end < 0 ? counts.length : end;
  const late = counts.slice(length).some((count) => count > 0);
  const last = waves?.[length - 1];
  const next = waves?.[length]?.fleets.flatMap((fleet) => catalogue.fleets[fleet] ?? []) ?? [];
  const asked = (last !== undefined && holds(last)) || next.some(holds);
  return [
    ...torn.map(({ name }) => `of wave ${name} some fleets were kept and others not`),
    ...(late ? ['a wave was kept after one that was not'] : []),
    ...(asked ? [] : ['no gate of the catalogue holds on to what is proven there']),
  ];
}
