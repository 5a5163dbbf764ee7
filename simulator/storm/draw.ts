import { between, makeRandom } from '../random.ts';
import type { GroupPatch } from '../scenarios/scenario.ts';
import {
  type Bake,
  type Deed,
  type DeedKind,
  type Fault,
  type Meddling,
  type StormPlan,
  type Temperament,
  wishes,
} from './plan.ts';

/** A catalogue that storms are played on, as far as drawing needs to know it. */
export interface Ground {
  readonly name: string;
  readonly groupNames: readonly string[];
  /** How many times as often it is drawn as one of weight 1. */
  readonly weight: number;
  /** Whether people are asked there for their approval. */
  readonly asks: boolean;
}

export interface Drawing {
  readonly seed: number;
  readonly grounds: readonly Ground[];
  /** Faults that may be drawn. */
  readonly faults: readonly string[];
  /** What people may do beside asking for releases. */
  readonly meddling: readonly Meddling[];
}

/** Ends before the longest release of a small world does. */
const NIGHT_SECONDS = 40 * 60;
const BLOW_SECONDS = [60, 15 * 60] as const;
/** Faults that make all fleets' lives hard for as long as they last must be short enough to be lived through. */
const OUTAGE_SECONDS = 4 * 60;

/** A release asks no more often, and one that is begun again asks anew. */
const QUESTIONS_MAX = 5;
const ANSWERED_SHARE = 0.9;
const ANSWERED_TWICE_SHARE = 0.2;
/** The storms' questions expire after ten and after twelve minutes. */
const ANSWER_SECONDS_MAX = 14 * 60;

const temperaments: readonly (readonly [Temperament, number])[] = [
  ['well', 10],
  ['sick', 4],
  ['sick-later', 2],
  ['flapping', 2],
  ['silent', 1],
  ['lifeless', 2],
  ['slow', 1],
  ['failing-targets', 1],
  ['wrong-answers', 1],
  ['dear', 1],
];

const WEIGHTS: Readonly<Record<DeedKind, number>> = {
  release: 3,
  'release-version': 1,
  'roll-back-image': 1,
  'move-base': 2,
  'tell-again': 1,
  'roll-back-fleet': 1,
  unblock: 1,
  pin: 1,
  // Who is asked is drawn apart.
  answer: 0,
  stop: 8,
  redrive: 3,
  'cancel-refresh': 2,
  'cancel-bake': 2,
  resize: 2,
  'foreign-refresh': 1,
  'foreign-deploy': 1,
  suspend: 1,
  resume: 1,
  'deregister-image': 1,
  'delete-alarm': 1,
  'delete-target-group': 1,
  upgrade: 2,
  'restore-table': 1,
};

/** The plan of a seed: another seed, another night. */
export function drawPlan({ seed, grounds, faults, meddling }: Drawing): StormPlan {
  const random = makeRandom(seed, 'storm plan');
  const ground = weighted(
    random,
    grounds.map((one) => [one, one.weight] as const),
  );
  const flip = (share: number): boolean => random() < share;
  const deeds = [...wishes, ...meddling].map((kind) => [kind, WEIGHTS[kind]] as const);
  const bakes = Array.from({ length: between(random, 1, 3) }, () => drawBake(random));
  const groups = Object.fromEntries(
    ground.groupNames.map((name) => [name, drawGroup(random)] as const),
  );
  return {
    seed,
    ground: ground.name,
    readings: {
      suspendFreezesCancel: flip(0.5),
      autoRollbackCheckedAtStart: flip(0.5),
      pipelineRefusesSecondStart: flip(0.5),
      bakeTokenRemembered: flip(0.5),
      templateTokenRemembered: flip(0.5),
      scanBeforeAvailable: flip(0.5),
      maxHealthyExceedsMaxSize: flip(0.5),
      percentRoundsUp: flip(0.5),
      refreshSeesChecks: flip(0.5),
    },
    groups,
    bakes,
    deeds: [
      { kind: 'release', afterSeconds: between(random, 0, 60), pick: random() },
      ...Array.from({ length: between(random, 0, 4) }, () => drawDeed(random, deeds)),
      ...(ground.asks ? drawAnswers(random) : []),
    ],
    faults:
      faults.length === 0
        ? []
        : Array.from({ length: between(random, 1, 5) }, () => drawFault(random, faults)),
  };
}

const drawBake = (random: () => number): Bake => ({
  seconds: between(random, 60, 300),
  temperament: weighted(random, temperaments),
  fails: random() < 0.08,
  critical: random() < 0.08 ? 2 : 0,
});

function drawGroup(random: () => number): GroupPatch {
  const instances = between(random, 1, 4);
  return {
    instances,
    min: between(random, 0, instances),
    max: instances + between(random, 1, 4),
    ...(random() < 0.05 ? { launchTemplateVersion: '$Latest' as const } : {}),
    ...(random() < 0.1 ? { instanceTypes: ['m7g.large', 'm7g.xlarge'] } : {}),
  };
}

/** Most questions are answered by somebody, some of them by two, some too late. */
function drawAnswers(random: () => number): readonly Deed[] {
  const people = [ANSWERED_SHARE, ANSWERED_TWICE_SHARE];
  return Array.from({ length: QUESTIONS_MAX }, (_, index) =>
    people.flatMap((share): readonly Deed[] => {
      // Many are quick.
      const [pick, afterSeconds] = [random(), Math.floor(random() ** 2 * ANSWER_SECONDS_MAX)];
      return random() < share ? [{ kind: 'answer', pick, question: index + 1, afterSeconds }] : [];
    }),
  ).flat();
}

/** Half of what people do, they do when they see something happen. */
function drawDeed(random: () => number, deeds: readonly (readonly [DeedKind, number])[]): Deed {
  const kind = weighted(random, deeds);
  const pick = random();
  if (random() < 0.5) return { kind, pick, afterSeconds: between(random, 0, NIGHT_SECONDS) };
  const state = between(random, 1, 60);
  return { kind, pick, state, afterSeconds: random() < 0.5 ? 0 : between(random, 1, 60) };
}

function drawFault(random: () => number, names: readonly string[]): Fault {
  const name = names[between(random, 0, names.length - 1)] ?? '';
  const total = random() < 0.2;
  const longest = total ? OUTAGE_SECONDS : BLOW_SECONDS[1];
  return {
    name,
    fromSeconds: between(random, 0, NIGHT_SECONDS),
    forSeconds: between(random, BLOW_SECONDS[0], longest),
    strength: total ? 1 : Math.round(5 + random() * 60) / 100,
    pick: random(),
  };
}

function weighted<Item>(random: () => number, items: readonly (readonly [Item, number])[]): Item {
  const sum = items.reduce((total, [, weight]) => total + weight, 0);
  let left = random() * sum;
  for (const [item, weight] of items) {
    left -= weight;
    if (left < 0) return item;
  }
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('nothing to draw from');
  return last[0];
}
