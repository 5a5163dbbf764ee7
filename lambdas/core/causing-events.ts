import * as z from 'zod/mini';

/** What asks receive-cause for a release: the schedule, or an upstream pipeline that finished an image. */

const Tick = z.object({ check: z.literal('base-images') });

const UpstreamImage = z.object({
  id: z.string(),
  source: z.literal('aws.imagebuilder'),
  'detail-type': z.literal('EC2 Image Builder Image State Change'),
  resources: z.array(z.string()).check(z.minLength(1)),
  detail: z.object({ state: z.object({ status: z.literal('AVAILABLE') }) }),
});

export type CausingEvent =
  | { readonly kind: 'tick' }
  | { readonly kind: 'upstream-image'; readonly eventId: string; readonly imageArn: string };

/** Undefined for an event that causes nothing. */
export function readCausingEvent(event: unknown): CausingEvent | undefined {
  if (Tick.safeParse(event).success) return { kind: 'tick' };
  const upstream = UpstreamImage.safeParse(event);
  const imageArn = upstream.data?.resources[0];
  if (upstream.data === undefined || imageArn === undefined) return undefined;
  return { kind: 'upstream-image', eventId: upstream.data.id, imageArn };
}
