import type { Readings } from '../contract.ts';
import type { GroupPatch } from '../scenarios/scenario.ts';

/**
 * One bad night, written down: a world, people at the console, and faults. It is plain JSON, so that it can be shrunk by
 * leaving parts out, kept in a file, and played again. The same plan, the same history, to the byte.
 */
export interface StormPlan {
  /** Of the world's own randomness; also names the plan. */
  readonly seed: number;
  /** The catalogue that it is played on. */
  readonly ground: string;
  readonly readings: Partial<Readings>;
  /** By the name of the Auto Scaling group. */
  readonly groups: Readonly<Record<string, GroupPatch>>;
  /** What becomes of the bakes, in order of their start; the last one holds for all that follow. */
  readonly bakes: readonly Bake[];
  readonly deeds: readonly Deed[];
  readonly faults: readonly Fault[];
}

export const temperaments = [
  'well',
  'sick',
  'sick-later',
  'flapping',
  'silent',
  'lifeless',
  'slow',
  'failing-targets',
  'wrong-answers',
  'dear',
] as const;
/** What an image is like that came out of a bake. */
export type Temperament = (typeof temperaments)[number];

export interface Bake {
  readonly seconds: number;
  readonly temperament: Temperament;
  readonly fails: boolean;
  /** Critical findings of its scan. */
  readonly critical: number;
}

/** What people ask of Kiln. */
export const wishes = [
  'release',
  'release-version',
  'roll-back-image',
  'move-base',
  'tell-again',
  'roll-back-fleet',
  'unblock',
  'pin',
  'answer',
] as const;
/** What people do to it, or behind its back. */
export const meddling = [
  'stop',
  'redrive',
  'cancel-refresh',
  'cancel-bake',
  'resize',
  'foreign-refresh',
  'foreign-deploy',
  'suspend',
  'resume',
  'deregister-image',
  'delete-alarm',
  'delete-target-group',
  'upgrade',
  'restore-table',
] as const;
export type Wish = (typeof wishes)[number];
export type Meddling = (typeof meddling)[number];
export type DeedKind = Wish | Meddling;

export interface Deed {
  readonly kind: DeedKind;
  /** From the beginning, or from what `state` or `question` counts. */
  readonly afterSeconds: number;
  /** Not before so many states have been entered, in all executions together. */
  readonly state?: number | undefined;
  /** Not before people have been asked so many questions, in all executions together. */
  readonly question?: number | undefined;
  /** Which image, fleet, execution or process, as a share (0-1) of those that there are. */
  readonly pick: number;
}

/** Something that goes wrong in AWS for a while. */
export interface Fault {
  readonly name: string;
  /** From the beginning. */
  readonly fromSeconds: number;
  readonly forSeconds: number;
  /** How often it strikes where it can, 0-1. */
  readonly strength: number;
  /** Which service or fleet, as a share (0-1) of those that there are. */
  readonly pick: number;
}

/** The one at this share of a list; undefined of an empty list. */
export const picked = <Item>(items: readonly Item[], share: number): Item | undefined =>
  items[Math.min(items.length - 1, Math.floor(share * items.length))];
