import type { FleetSurvey } from './observation.ts';
import type { FleetPolicy } from './policy.ts';

/** One thing that speaks against a forward rollout, and how a person mends it. */
export interface Finding {
  readonly reason: string;
  readonly mend: string;
}

/** One question of the survey; no finding means that all is well. */
export type Check = (survey: FleetSurvey, policy: FleetPolicy) => readonly Finding[];
