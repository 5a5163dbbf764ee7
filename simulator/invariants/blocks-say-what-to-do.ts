import type { Invariant } from './witness.ts';

/** Shorter than this nothing is said that a person could do. */
const WORDS_MIN = 3;

/**
 * 11. A block always says why, and names what a person must do.
 */
export const blocksSayWhatToDo: Invariant = (witness, broke) => {
  const look = (): void => {
    for (const { fleet, reason, whatToDo } of witness.ledger().blocks) {
      if (words(reason) < WORDS_MIN)
        broke(`the block of fleet ${fleet} has no reason: "${reason}"`);
      if (words(whatToDo ?? '') < WORDS_MIN) {
        broke(`the block of fleet ${fleet} does not say what to do: "${whatToDo ?? ''}"`);
      }
    }
  };
  return {
    minute: look,
    end: look,
  };
};

const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
