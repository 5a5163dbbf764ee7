import {
  bakeAskedForTwice,
  deadLetters,
  pendingCauses,
  stoppedBeforeTheAnswer,
} from './stories-bakes.ts';
import {
  everyOwnerDies,
  rolloutsByHand,
  sentBackInVain,
  tagsAndFlickers,
} from './stories-rollouts.ts';
import type { Story } from './story.ts';

/** What the scenarios of a rehearsal leave unneeded. Each is made anew for every play: it remembers. */
export const stories: readonly (() => Story)[] = [
  bakeAskedForTwice,
  stoppedBeforeTheAnswer,
  pendingCauses,
  deadLetters,
  everyOwnerDies,
  rolloutsByHand,
  sentBackInVain,
  tagsAndFlickers,
];
