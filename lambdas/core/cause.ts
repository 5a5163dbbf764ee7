import type { Cause } from './ledger.ts';
import { boundedName, shortHash, slug } from './names.ts';

/** What changed to what, before it has an id. A person's wish is a change of its own each time: `request` tells them apart. */
export type Change =
  | {
      readonly kind: 'base-image';
      readonly parameter: string;
      readonly from?: string | undefined;
      readonly to: string;
    }
  | { readonly kind: 'upstream-image'; readonly imageArn: string }
  | { readonly kind: 'person'; readonly request: string; readonly reason?: string | undefined }
  | { readonly kind: 'merged'; readonly causes: readonly string[] };

const READABLE_CHARACTERS = 30;

/**
 * The identity of a cause: image and what changed to what, never an event's id. The same change has the same id
 * however often and through whatever it is told. At most 60 characters, fit for names of executions.
 */
export function causeId(image: string, change: Change): string {
  const parts = identity(change);
  const readable = slug(slug(headline(change)).slice(0, READABLE_CHARACTERS));
  const hash = shortHash(image, change.kind, ...parts);
  return [KIND_WORD[change.kind], readable, hash].filter((part) => part !== '').join('-');
}

const KIND_WORD: Readonly<Record<Change['kind'], string>> = {
  'base-image': 'base',
  'upstream-image': 'upstream',
  person: 'by-hand',
  merged: 'merged',
};

function identity(change: Change): readonly string[] {
  switch (change.kind) {
    case 'base-image':
      return [change.parameter, change.from ?? '', change.to];
    case 'upstream-image':
      return [change.imageArn];
    case 'person':
      return [change.request];
    case 'merged':
      return [...new Set(change.causes)].sort();
    default:
      return change satisfies never;
  }
}

/** The part of a change that a person recognises. */
function headline(change: Change): string {
  switch (change.kind) {
    case 'base-image':
      return change.to;
    case 'upstream-image':
      return change.imageArn.split(':image/')[1] ?? change.imageArn;
    case 'person':
      return '';
    case 'merged':
      return `${new Set(change.causes).size}`;
    default:
      return change satisfies never;
  }
}

/** The cause as the ledger keeps it. */
export function makeCause(image: string, change: Change): Cause {
  const id = causeId(image, change);
  switch (change.kind) {
    case 'base-image': {
      const { kind, parameter, from, to } = change;
      return { kind, id, parameter, ...(from === undefined ? {} : { from }), to };
    }
    case 'upstream-image':
      return { kind: change.kind, id, imageArn: change.imageArn };
    case 'person':
      return {
        kind: change.kind,
        id,
        ...(change.reason === undefined ? {} : { reason: change.reason }),
      };
    case 'merged':
      return { kind: change.kind, id, causes: [...new Set(change.causes)].sort() };
    default:
      return change satisfies never;
  }
}

/** The name of a release's execution: Step Functions then starts one execution per cause, however often it is asked. */
export const releaseExecutionName = (image: string, id: string): string => boundedName(image, id);
