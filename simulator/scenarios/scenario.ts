import type { FindingCounts } from '../aws/image-builder-records.ts';
import type { ImageBehaviour } from '../contract.ts';
import type { GateFunctionDeed } from '../gate-functions.ts';
import type { RehearsedFleet, Setting } from './catalogue.ts';

/**
 * A scenario is a patch of the world, an input, disturbances in virtual time, and an expected ending. It only disturbs:
 * what must hold in every history is watched by the invariants.
 */
export interface Scenario {
  readonly name: string;
  /** One line for people who choose. */
  readonly line: string;
  /** Why it cannot be played on this catalogue, if it cannot. */
  readonly misfit?: (setting: Setting) => string | undefined;
  /** How the world differs before anything begins. */
  readonly patch?: (setting: Setting) => WorldPatch;
  /** The input and the disturbances. Ends when nothing more is going to be done to the world. */
  readonly play: (stage: Stage) => Promise<void>;
  /** How the releases end that this causes, in order of their start. */
  readonly ending: (setting: Setting) => readonly ExpectedRelease[];
}

/** By the name of the Auto Scaling group. */
export interface WorldPatch {
  readonly groups?: Readonly<Record<string, GroupPatch>>;
}

/** What an invented group is like; what is left out is as usual. */
export interface GroupPatch {
  readonly instances?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly launchTemplateVersion?: '$Latest' | '$Default' | undefined;
  readonly imageId?: string | undefined;
  /** With a mixed instances policy of these types, one or more. */
  readonly instanceTypes?: readonly string[] | undefined;
}

export type ReleaseOutcome =
  | 'promoted'
  | 'rolled-back'
  | 'failed'
  | 'duplicate'
  | 'merged'
  | 'needs-a-person';
export type FleetOutcome = 'rolled-out' | 'rolled-back' | 'untouched' | 'needs-a-person';

export interface ExpectedRelease {
  readonly outcome: ReleaseOutcome;
  /** By fleet; every fleet of the image has one. None for a release that ends before it looks at fleets. */
  readonly fleets: Readonly<Record<string, FleetOutcome>>;
  /** The version of this release is marked as bad, or must not be; absent: no matter. */
  readonly quarantined?: boolean;
}

/** What the world has in store for the next bakes; what is left out goes well. */
export interface BakeFate {
  /** From the start until the image is available. */
  readonly seconds?: number;
  readonly behaviour?: ImageBehaviour;
  readonly findings?: Partial<FindingCounts>;
  readonly failure?: { readonly reason: string; readonly afterSeconds: number };
}

/** A running workflow. */
export interface Running {
  readonly arn: string;
  readonly name: string;
}

/** A page as a browser has it. */
export interface Shown {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What happens to events on their way from the bus to targets, as shares of all deliveries (0-1). */
export interface EventTrouble {
  readonly lost: number;
  readonly doubled: number;
}

/** What becomes of the launches of a group that has a lifecycle hook, decided by what an instance runs. */
export interface Bootstrap {
  /** From the instance's start until its answer. */
  readonly seconds: number;
  readonly answer: (imageId: string) => 'CONTINUE' | 'ABANDON';
}

/** A person at the console of Auto Scaling. */
export interface GroupConsole {
  resize(
    fleet: RehearsedFleet,
    size: { readonly desired: number; readonly min?: number; readonly max?: number },
  ): Promise<void>;
  /** Protects so many instances from scale-in, and those that are launched from now on. */
  protect(fleet: RehearsedFleet, count: number): Promise<void>;
  /** Takes so many instances out of service; the group launches others in their place. */
  standBy(fleet: RehearsedFleet, count: number): Promise<void>;
  /** A refresh to what the group runs already. */
  refresh(fleet: RehearsedFleet): Promise<void>;
  /** Keeps so many stopped instances beside the group. */
  addWarmPool(fleet: RehearsedFleet, size: number): Promise<void>;
  /** New instances wait until their own start-up script has answered. */
  hookLaunches(fleet: RehearsedFleet, bootstrap: Bootstrap): Promise<void>;
}

/** What a scenario can do to the world, and what it can wait for. Every wait is of virtual time. */
export interface Stage {
  readonly setting: Setting;
  readonly console: GroupConsole;
  nowMs(): number;
  /** A line of the transcript. */
  say(message: string): void;

  bakesWill(fate: BakeFate): void;
  troubleEvents(trouble: EventTrouble): void;
  /** Every gate function of the setting, from now on. */
  gateFunctionsWill(deed: GateFunctionDeed): void;
  /** No name of the web can be resolved any more: not an answer of those that are asked, but none. */
  namesAreLost(): void;
  /** The instances of the fleet have nothing to publish, from now on. */
  customersStayAway(fleet: RehearsedFleet): void;

  /** What the image is built on has a new version. Nobody is told; who polls, or hears of images, finds out. */
  moveBase(): Promise<void>;
  /** The very cause that started the last release is told once more. */
  tellTheCauseAgain(): Promise<void>;
  /** A person starts the workflow in the console. */
  startRelease(input: Readonly<Record<string, unknown>>): Promise<Running>;
  startRollout(input: Readonly<Record<string, unknown>>): Promise<Running>;
  stop(execution: Running, cause: string): Promise<void>;
  /** A person deregisters the image that the fleet runs. */
  deregisterImageOf(fleet: RehearsedFleet): Promise<void>;

  /** What the live instances of the fleet run. */
  imagesOf(fleet: RehearsedFleet): readonly string[];

  /** Until people are told of a question, from now on. Answers the link in the notification. */
  linkInNotification(of?: { readonly fleet?: string }): Promise<string>;
  /** Somebody opens a link, or with a form sends it from where the link leads. */
  browse(who: string, link: string, form?: Readonly<Record<string, string>>): Promise<Shown>;

  minutes(count: number): Promise<void>;
  /** Until somebody enters a state of a workflow, from now on. Answers whose it was. */
  entered(state: string, of?: { readonly fleet?: string }): Promise<Running>;
  /** Until a refresh of the fleet has brought in the first instance of a new version. */
  firstNewInstance(fleet: RehearsedFleet): Promise<void>;
  /** Until the forward refresh of the fleet has ended well. */
  fullyReplaced(fleet: RehearsedFleet): Promise<void>;
  /** Until what was asked for has begun a release, and every workflow has ended. */
  allQuiet(): Promise<void>;
  ended(execution: Running): Promise<void>;
}

/** The same outcome for all fleets of the image. */
export const everyFleet = (
  setting: Setting,
  outcome: FleetOutcome,
): Readonly<Record<string, FleetOutcome>> =>
  Object.fromEntries(setting.fleets.map(({ name }) => [name, outcome]));

/** One outcome for the fleets of the first waves, another for the rest. */
export function byWave(
  setting: Setting,
  waves: number,
  outcome: FleetOutcome,
): Readonly<Record<string, FleetOutcome>> {
  const touched = new Set(setting.waves.slice(0, waves).flatMap(({ fleets }) => fleets));
  return Object.fromEntries(
    setting.fleets.map(({ name }) => [name, touched.has(name) ? outcome : 'untouched']),
  );
}
