/** What to do next, always with a reason that shows its numbers. Each loop uses the kinds that it can act on. */

interface Reasoned {
  readonly reason: string;
}

/** Stay parked; nothing to do. `lookAgainAtMs`: when waiting becomes wrong even if no event comes. */
export interface Wait extends Reasoned {
  readonly kind: 'wait';
  readonly lookAgainAtMs: number;
  /** What is awaited and what happens at the latest, in an operator's words. */
  readonly awaiting: string;
}

/** Every decision that leaves the park says how long the next park may last (seconds). */
interface Moving extends Reasoned {
  readonly parkSeconds: number;
}

export interface ParkUntil extends Moving {
  readonly kind: 'park-until';
}
export interface HoldDecision extends Moving {
  readonly kind: 'hold';
  readonly checkpointPercent: number;
}
export interface Resume extends Moving {
  readonly kind: 'resume';
  readonly checkpointPercent: number;
}
interface Question extends Moving {
  readonly kind: 'ask';
  readonly expiresSeconds: number;
  /** For whoever is asked; the ledger reckons from when the question is written. */
  readonly expiresAt: string;
  /** What follows when nobody answers, in words. */
  readonly otherwise: string;
}
/** Ask a person whether the rollout may go on. */
export interface Ask extends Question {
  readonly checkpointPercent: number;
}
/** Ask a person whether the release may go on from a wave. */
export interface AskOfWave extends Question {
  readonly wave: string;
}
export interface RollBack extends Moving {
  readonly kind: 'roll-back';
  /** Nobody answered, and what is proven is kept all the same: earlier waves do not go back with this fleet. */
  readonly keepsProven?: true;
}
/** Nobody answered: the waves up to this one keep the new version, and the release ends. */
export interface KeepProven extends Moving {
  readonly kind: 'keep-proven';
}
export interface Complete extends Moving {
  readonly kind: 'complete';
}
export interface Escalate extends Moving {
  readonly kind: 'escalate';
  readonly whatToDo: string;
}
export interface Refuse extends Moving {
  readonly kind: 'refuse';
  readonly whatToDo: string;
}
/** Cancel the refresh that is active, then lift a hold of ours. */
export interface CancelRefresh extends Moving {
  readonly kind: 'cancel';
  readonly instanceRefreshId: string;
}
/** Lift a hold of ours without cancelling: what is active already leads back. */
export interface LiftHold extends Moving {
  readonly kind: 'lift-hold';
}
/** Start a refresh to the recorded specification. */
export interface StartBack extends Moving {
  readonly kind: 'start-back';
  /** From 1: which attempt on this way back it is, so that one that is started twice counts once. */
  readonly attempt: number;
  readonly minHealthyPercent: number;
  readonly maxHealthyPercent: number;
}

export type ForwardDecision =
  | Wait
  | ParkUntil
  | HoldDecision
  | Resume
  | Ask
  | RollBack
  | Complete
  | Refuse;
export type WayBackDecision =
  | Wait
  | ParkUntil
  | CancelRefresh
  | LiftHold
  | StartBack
  | Complete
  | Escalate
  | Refuse;
export type BakeDecision =
  | Wait
  | ParkUntil
  | (Complete & { readonly imageId: string })
  | (Moving & { readonly kind: 'fail'; readonly cancelBake: boolean })
  | Refuse;
export type WaveDecision = Wait | ParkUntil | AskOfWave | RollBack | KeepProven | Complete | Refuse;

export type Verdict = { readonly kind: 'green' | 'red' | 'inconclusive'; readonly reason: string };
/** A gate that could not be read is an error, never a verdict. */
export type Judgement = Verdict | { readonly kind: 'unreadable'; readonly reason: string };
