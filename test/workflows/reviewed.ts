import { recoverDefinition } from '../../lib/workflows/recover.ts';
import { releaseDefinition } from '../../lib/workflows/release.ts';
import { rolloutDefinition } from '../../lib/workflows/rollout.ts';
import type { Reviewed } from './check/shape.ts';

const STEP_IS_BOUNDED =
  'each turn opens a wave, soaks one or begins a round of the way back, and the ledger counts all three';
const READ_FROM_LEDGER =
  'the next step finds the fleet’s outcome, or that there is none, in the ledger';
const ONLY_A_WORD = 'a word to people never changes how things end';
const EXPIRES = 'the question is in the ledger, and expires whoever has heard of it';
const ONLY_PUBLISHED = 'the fleet is what it is, and the ledger knows';

const NOBODY_NEEDS_THE_LINK = 'people are told without a link, and answer another way';

const rollout = {
  definition: rolloutDefinition(),
  reviewed: {
    defaults: {
      'What did the survey find?': 'Record that nothing moved',
      'What became of the other refresh?': 'Record that nothing moved',
      'What was decided?': 'Turn back',
      'What does the way back need?': 'Lift what is held',
      'Had anything moved?': 'Rolled back',
    },
    harmless: {
      'Publish the image of the fleet': ONLY_PUBLISHED,
      'Publish the previous image': ONLY_PUBLISHED,
      'Delete the launch template version': 'a version that nothing runs harms nobody',
      'Page a person': ONLY_A_WORD,
      'Ask for approval': EXPIRES,
    },
    bounds: {
      'Survey the fleet':
        'another’s refresh is waited for until a limit that counts from when the lock was taken, then refused',
    },
  },
} as const;

const withLinks = <Kept extends { readonly harmless: object }>(reviewed: Kept) => ({
  ...reviewed,
  harmless: {
    ...reviewed.harmless,
    'Ask for approval': NOBODY_NEEDS_THE_LINK,
    'Ask for approval without a link': EXPIRES,
  },
});

/** As it is deployed where the catalogue says `approvalLinks: true` and a fleet asks for approval. */
export const rolloutWithLinks = {
  definition: rolloutDefinition({ approvalLinks: true }),
  reviewed: withLinks(rollout.reviewed),
};

const release = {
  definition: releaseDefinition(),
  reviewed: {
    defaults: {
      // Reads the ledger, which says what to do about a release of any kind.
      'What was opened?': 'Choose the next step',
      'How did the bake end?': 'Cancel the bake',
      // Ends with the outcome that the step names, and refuses a step that names none.
      'What comes next?': 'Close the release',
      'How did the wave fare?': 'Give the wave up',
      'How did it end?': 'Failed',
    },
    harmless: {
      'Tell how it ended': ONLY_A_WORD,
      'Ask for approval': EXPIRES,
      'Roll out the fleet': READ_FROM_LEDGER,
      'Send the lost fleet back': READ_FROM_LEDGER,
      'Send the fleet back': READ_FROM_LEDGER,
    },
    bounds: { 'Choose the next step': STEP_IS_BOUNDED },
  },
} as const;

/** As it is deployed where the catalogue says `approvalLinks: true` and a wave asks for approval. */
export const releaseWithLinks = {
  definition: releaseDefinition({ approvalLinks: true }),
  reviewed: withLinks(release.reviewed),
};

/** The choices of the definitions that no rule can make; a change of one is a change to review. */
export const machines = {
  release,
  rollout,
  recover: {
    definition: recoverDefinition(),
    reviewed: {
      defaults: {
        'What was left?': 'Nothing was left',
        'Was it a release?': 'Rollout brought to an end',
        'Is every fleet at an end?': 'Not every fleet is back',
      },
      harmless: {
        'Stop the bake': 'a bake ends by itself, and its version stays unproven',
        'Take the fleets back': READ_FROM_LEDGER,
        'Take the fleet back': READ_FROM_LEDGER,
        'Tell how it ended': ONLY_A_WORD,
      },
      bounds: {},
    },
  },
} satisfies Record<string, { definition: object; reviewed: Reviewed }>;
