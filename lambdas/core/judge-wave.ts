import { brief, firstFew } from './brief.ts';
import type { Judgement } from './decision.ts';
import { showSince } from './durations.ts';
import { type GatePolicy, gatesOfState } from './gate-policy.ts';
import { type GateReport, type Judged, judgeGate, judgeGates, worst } from './judge-gates.ts';
import type { GateReading, GroupObservation, WaveObservation } from './observation.ts';
import type { FleetPolicy, WavePolicy } from './policy.ts';

/** What the enforced gates of one fleet say, or the wave's own, and when what keeps them from being green has lasted too long. */
export interface WaveJudgement {
  /** `fleet web-prod`, `wave production` */
  readonly what: string;
  /** Absent of the wave itself. */
  readonly fleet?: string;
  readonly kind: Judgement['kind'];
  readonly reason: string;
  /** Past it the wave goes back unless the gates are green; infinite for green and red. */
  readonly limitMs: number;
  readonly limit: string;
}

interface Times {
  /** When the soak ends. */
  readonly endMs: number;
  readonly nowMs: number;
}

/** Of every fleet, then of the wave itself where it has gates. */
export function judgeWave(
  observation: WaveObservation,
  wave: WavePolicy,
  policies: Readonly<Record<string, FleetPolicy>>,
  times: Times,
): readonly WaveJudgement[] {
  const fromMs = inconclusiveFromMs(observation, times.endMs);
  const fleets = wave.fleets.map((fleet) =>
    judgeFleet(fleet, observation, policies[fleet], { ...times, fromMs }),
  );
  return [...fleets, ...judgeOwn(observation, wave, { ...times, fromMs })];
}

/** Every gate of the wave itself, those that only observe too. */
export const judgeWaveGates = (
  observation: WaveObservation,
  { gates = [] }: WavePolicy,
): readonly GateReport[] =>
  gates.map((gate, index) => ({
    gate: gate.kind,
    mode: gate.mode,
    judgement: judgeWaveGate(gate, index, observation),
  }));

/**
 * From when on inconclusive gates have their limit: a person who is waited for is one more reason to wait, and the gates are
 * looked at anew when that is over.
 */
function inconclusiveFromMs({ gates }: WaveObservation, endMs: number): number {
  const approval = gates?.approval;
  switch (approval?.kind) {
    case 'waiting':
      return Number.POSITIVE_INFINITY;
    case 'approved':
      return Math.max(endMs, approval.answeredAtMs ?? endMs);
    case 'expired':
      return Math.max(endMs, approval.untilMs);
    default:
      return endMs;
  }
}

interface Bounds extends Times {
  readonly fromMs: number;
}

function judgeFleet(
  fleet: string,
  { fleets }: WaveObservation,
  policy: FleetPolicy | undefined,
  bounds: Bounds,
): WaveJudgement {
  const what = `fleet ${fleet}`;
  const seen = fleets.find((one) => one.fleet === fleet);
  if (seen === undefined || policy === undefined) {
    const reason = `${seen === undefined ? 'not observed' : 'not in the catalogue'}: 0 gates judged`;
    const limit = { limitMs: bounds.endMs, limit: 'the soak is over' };
    return { what, fleet, kind: 'inconclusive', reason, ...limit };
  }
  const { combined } = judgeGates(
    // The others have judged its rollout.
    gatesOfState(policy.gates),
    seen.gates,
    seen.group,
    seen.launchTemplateVersion,
  );
  return { what, fleet, ...limited(combined, policy.limits, seen.unreadableSinceMs, bounds) };
}

/** The wave's own gates together but for an approval, which is asked last; a person's no is red. */
function judgeOwn(
  observation: WaveObservation,
  wave: WavePolicy,
  bounds: Bounds,
): readonly WaveJudgement[] {
  const what = `wave ${wave.name}`;
  const enforced = judgeWaveGates(observation, wave).filter(({ mode }) => mode === 'enforce');
  const asked = enforced.find(({ gate }) => gate === 'approval')?.judgement;
  const others = enforced.filter(({ gate }) => gate !== 'approval');
  const no = asked?.kind === 'red' ? [limited(asked, CAREFUL, undefined, bounds)] : [];
  const together =
    others.length === 0
      ? []
      : [
          limited(
            worst(others.map(({ judgement }) => judgement)),
            wave.limits ?? CAREFUL,
            observation.unreadableSinceMs,
            bounds,
          ),
        ];
  return [...no, ...together].map((one) => ({ what, ...one }));
}

/** For a policy that says nothing of gates: no patience. */
const CAREFUL = { inconclusiveSeconds: 0, unreadableSeconds: 0 };

function limited(
  { kind, reason }: Judgement,
  { inconclusiveSeconds, unreadableSeconds }: NonNullable<WavePolicy['limits']>,
  unreadableSinceMs: number | undefined,
  { endMs, fromMs, nowMs }: Bounds,
): Omit<WaveJudgement, 'what' | 'fleet'> {
  switch (kind) {
    case 'inconclusive':
      return {
        ...{ kind, reason, limitMs: fromMs + inconclusiveSeconds * 1000 },
        limit: `${showSince(fromMs, nowMs)} past the soak >= inconclusiveSeconds ${inconclusiveSeconds}`,
      };
    case 'unreadable': {
      // Where nobody knows since when: from this look on, but no later than the end of the soak.
      const sinceMs = unreadableSinceMs ?? Math.min(nowMs, endMs);
      return {
        ...{ kind, reason, limitMs: sinceMs + unreadableSeconds * 1000 },
        limit: `for ${showSince(sinceMs, nowMs)} >= unreadableSeconds ${unreadableSeconds}`,
      };
    }
    case 'red':
    case 'green':
      return { kind, reason, limitMs: Number.POSITIVE_INFINITY, limit: '' };
    default:
      return kind satisfies never;
  }
}

const NOTHING_READ: GateReading = { alarms: [], targets: [], unreadable: [] };
/** Where no group is asked about. */
const NO_GROUP: GroupObservation = {
  ...{ name: '', arn: '', minSize: 0, maxSize: 0, desiredCapacity: 0, instances: [] },
  ...{ suspendedProcesses: [], targetGroupArns: [], usesLaunchConfiguration: false },
  healthCheckGracePeriodSeconds: 0,
};

/** Health is asked of each fleet, with its own version; the rest is asked once. */
function judgeWaveGate(
  gate: GatePolicy,
  index: number,
  { fleets, gates = NOTHING_READ }: WaveObservation,
): Judged {
  if (gate.kind !== 'target-health' && gate.kind !== 'instance-health') {
    return judgeGate(gate, gates, NO_GROUP, '', index);
  }
  return worst(
    fleets.map(({ fleet, group, launchTemplateVersion }) => {
      const { kind, reason } = judgeGate(gate, gates, group, launchTemplateVersion, index);
      return { kind, reason: `fleet ${fleet}: ${reason}` };
    }),
  );
}

/** Of each fleet that is named, so that a decision over a thousand of them stays a message that people read. */
const FLEET_CHARACTERS = 300;

export const showJudgement = ({ what, kind, reason }: WaveJudgement): string =>
  `${what} is ${kind}: ${brief(reason, FLEET_CHARACTERS)}`;

export const showJudgements = (judged: readonly WaveJudgement[]): string =>
  firstFew(judged.map(showJudgement), '; ');
