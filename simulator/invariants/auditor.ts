import type { TraceLine } from '../world.ts';
import { blocksSayWhatToDo } from './blocks-say-what-to-do.ts';
import { everyCallIsAllowed } from './every-call-is-allowed.ts';
import { everyExecutionEnds } from './every-execution-ends.ts';
import { minimumShareStaysHealthy } from './minimum-share-stays-healthy.ts';
import { noCauseIsLost } from './no-cause-is-lost.ts';
import { nobodyOversleeps } from './nobody-oversleeps.ts';
import { nothingGoesOnWithoutEvidence } from './nothing-goes-on-without-evidence.ts';
import { nothingIsLeftBehind } from './nothing-is-left-behind.ts';
import { oneOwnerAtATime } from './one-owner-at-a-time.ts';
import { oneVersionPerFleet } from './one-version-per-fleet.ts';
import { onlyInspectedVersionsLaunch } from './only-inspected-versions-launch.ts';
import { redLeadsBack } from './red-leads-back.ts';
import type { Invariant, Watch, Witness } from './witness.ts';

/** Numbered as in the architecture's list. */
export const invariants = {
  '1 one version per fleet': oneVersionPerFleet,
  '2 only inspected versions launch': onlyInspectedVersionsLaunch,
  '3 minimum share stays healthy': minimumShareStaysHealthy,
  '4 one owner at a time': oneOwnerAtATime,
  '5 no cause is lost': noCauseIsLost,
  '6 nobody oversleeps': nobodyOversleeps,
  '7 nothing is left behind': nothingIsLeftBehind,
  '8 red leads back': redLeadsBack,
  '9 every call is allowed': everyCallIsAllowed,
  '10 every execution ends': everyExecutionEnds,
  '11 blocks say what to do': blocksSayWhatToDo,
  '12 nothing goes on without evidence': nothingGoesOnWithoutEvidence,
} as const satisfies Readonly<Record<string, Invariant>>;

export interface Breach {
  /** Number and name. */
  readonly invariant: string;
  /** Who broke it, how, when, and how to see it again. */
  readonly message: string;
}

export interface Auditor {
  readonly line: (line: TraceLine) => void;
  readonly minute: () => void;
  readonly end: () => void;
  /** What was broken so far, each breach once. */
  readonly breaches: () => readonly Breach[];
}

/** Holds a history against every invariant. `replay`: the command that repeats it. */
export function makeAuditor(witness: Witness, replay: string): Auditor {
  const breaches: Breach[] = [];
  const told = new Set<string>();
  const watches: readonly Watch[] = Object.entries(invariants).map(([invariant, watch]) =>
    watch(witness, (what) => {
      if (told.has(`${invariant} ${what}`)) return;
      told.add(`${invariant} ${what}`);
      const at = new Date(witness.nowMs()).toISOString();
      breaches.push({ invariant, message: `${at} ${what}; replay: ${replay}` });
    }),
  );
  const lines = watches.flatMap((watch) => watch.line ?? []);
  return {
    line: (line) => {
      for (const hear of lines) hear(line);
    },
    minute: () => {
      for (const watch of watches) watch.minute?.();
    },
    end: () => {
      for (const watch of watches) watch.end?.();
    },
    breaches: () => breaches,
  };
}
