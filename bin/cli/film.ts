import type { TraceLine } from '../../simulator/index.ts';
import type { AuditedParked } from '../../simulator/invariants/ledger-view.ts';
import { isLive, textMember, type Witness } from '../../simulator/invariants/witness.ts';
import type { RehearsedFleet } from '../../simulator/scenarios/catalogue.ts';
import { shortName } from '../../simulator/transcript/short-names.ts';
import type { TranscriptLine } from '../../simulator/transcript/transcript.ts';

/** What a person sees of one moment. */
export interface Frame {
  readonly atMs: number;
  readonly scenario: string;
  /** `web 2026.11.23-1`, and how it stands. */
  readonly release: string;
  readonly waits: readonly Waiting[];
  readonly fleets: readonly FleetFrame[];
  /** Said since the frame before. */
  readonly said: readonly TranscriptLine[];
}

export interface Waiting {
  readonly who: string;
  readonly state: string;
  /** In the ledger's words; empty until the first look has written them. */
  readonly awaiting: string;
  readonly deadlineMs: number;
}

export interface FleetFrame {
  readonly name: string;
  readonly instances: readonly InstanceKind[];
  readonly gates: readonly GateFrame[];
}

export type InstanceKind = 'new' | 'old' | 'unhealthy' | 'starting';

export interface GateFrame {
  readonly name: string;
  readonly state: string;
  /** `ErrorPercent 0.2 of 5`. */
  readonly reading: string;
}

/** Takes the pictures of a history as it goes by, one for each virtual minute in which something is under way. */
export class Film {
  readonly frames: Frame[] = [];
  #scenario = '';
  #said: TranscriptLine[] = [];
  readonly #states = new Map<string, string>();

  heard(line: TraceLine, told: readonly TranscriptLine[]): void {
    this.#said.push(...told);
    if (line.kind === 'state' && line.phase === 'entered') {
      this.#states.set(line.execution, line.state);
    }
    if (line.kind === 'execution' && line.phase === 'ended') this.#states.delete(line.execution);
  }

  begins(scenario: string): void {
    this.#scenario = scenario;
  }

  minute(witness: Witness): void {
    if (this.#states.size === 0 && this.#said.length === 0) return;
    const release = witness.ledger().releases.at(-1);
    const version = witness
      .ledger()
      .versions.find(({ label, image }) => label === release?.version && image === release.image);
    const fleets = Object.values(witness.catalogue.fleets).filter(
      ({ image }) => release === undefined || image === release.image,
    );
    this.frames.push({
      atMs: witness.nowMs(),
      scenario: this.#scenario,
      release:
        release === undefined
          ? ''
          : `${release.image} ${release.version ?? ''} ${release.outcome ?? 'under way'}`,
      waits: witness.ledger().parked.map((parked) => this.#waiting(witness, parked)),
      fleets: fleets.map((fleet) => fleetFrame(witness, fleet, version?.imageId)),
      said: this.#said,
    });
    this.#said = [];
  }

  #waiting(witness: Witness, { executionArn, awaiting, deadline }: AuditedParked): Waiting {
    const input = witness.execution(executionArn)?.input;
    const subject = textMember(input, 'fleet') ?? textMember(input, 'image');
    return {
      who: subject ?? shortName(executionArn),
      state: this.#states.get(executionArn) ?? '',
      awaiting: awaiting ?? '',
      deadlineMs: Date.parse(deadline),
    };
  }
}

function fleetFrame(
  witness: Witness,
  fleet: RehearsedFleet,
  newImageId: string | undefined,
): FleetFrame {
  const live = witness.group(fleet.autoScalingGroupName)?.instances.filter(isLive) ?? [];
  const kinds = live.map(({ imageId, state, healthy }): InstanceKind => {
    if (!healthy) return 'unhealthy';
    if (imageId !== newImageId) return 'old';
    return state.startsWith('Pending') ? 'starting' : 'new';
  });
  const alarms = fleet.gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : []));
  return {
    name: fleet.name,
    instances: kinds,
    gates: alarms.map((name) => gateFrame(witness, name)),
  };
}

function gateFrame(witness: Witness, name: string): GateFrame {
  const measured = witness.measured(name);
  return {
    name,
    state: witness.alarm(name)?.state ?? 'missing',
    reading:
      measured === undefined
        ? ''
        : `${measured.metric} ${measured.value.toFixed(1)} of ${measured.threshold}`,
  };
}
