import type { FleetSpecification, VersionStatus } from './ledger.ts';
import type { ImageState } from './observation.ts';

/** One thing that a fleet ran before, as far as going back to it by choice depends on it. */
export interface PastObservation {
  readonly specification: FleetSpecification;
  /** Absent for an image that Kiln did not bake: the ledger has nothing against it. */
  readonly version?: { readonly status: VersionStatus; readonly reason: string } | undefined;
  readonly imageState: ImageState;
  readonly templateVersionExists: boolean;
}

export type PreviousDecision =
  | { readonly kind: 'found'; readonly reason: string; readonly previous: FleetSpecification }
  | { readonly kind: 'refuse'; readonly reason: string; readonly whatToDo: string };

/**
 * Decides where back is when a person asks for it: the newest past specification that may be run and can be. Whoever goes
 * back from a rollout of their own does not ask: the fleet came from there a moment ago.
 *
 * @param past newest first
 */
export function findPrevious(
  { name, image }: { readonly name: string; readonly image: string },
  past: readonly PastObservation[],
): PreviousDecision {
  const skipped: string[] = [];
  for (const one of past) {
    const against = whyNot(one);
    if (against === undefined) {
      const { version, launchTemplateVersion } = one.specification;
      const to = `back to ${version}, launch template version ${launchTemplateVersion}`;
      return {
        kind: 'found',
        reason: [to, ...skipped.map((why) => `not to ${why}`)].join('; '),
        previous: one.specification,
      };
    }
    skipped.push(against);
  }
  const release = JSON.stringify({ image, version: '…' });
  const whatToDo = `start Release with the image version that the fleet should run: ${release}`;
  const none = `nothing is recorded that fleet ${name} ran before`;
  return past.length === 0
    ? { kind: 'refuse', reason: none, whatToDo }
    : { kind: 'refuse', reason: `${none} and could go back to: ${skipped.join('; ')}`, whatToDo };
}

function whyNot(past: PastObservation): string | undefined {
  const { specification, version, imageState, templateVersionExists } = past;
  const { imageId, launchTemplateId, launchTemplateVersion } = specification;
  if (version?.status === 'quarantined') {
    return `${specification.version}, which is quarantined: ${version.reason}`;
  }
  if (imageState !== 'available') {
    return `${specification.version}, whose image ${imageId} is ${imageState}`;
  }
  return templateVersionExists
    ? undefined
    : `${specification.version}, whose launch template version ${launchTemplateVersion} of ${launchTemplateId} is gone`;
}
