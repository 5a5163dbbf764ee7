import type { ImageStatus } from '@aws-sdk/client-imagebuilder';
import {
  AwsError,
  type EventSink,
  type ImageBehaviour,
  type Place,
  type Readings,
  type World,
} from '../contract.ts';
import { imageIdFor, readVersionedArn } from './image-builder-names.ts';
import type { ImageRecord } from './image-builder-records.ts';

/** Where a finished bake is registered: EC2. */
export interface ImageRegistry {
  registerImage(image: {
    readonly imageId: string;
    readonly name: string;
    readonly description?: string;
    readonly behaviour: ImageBehaviour;
    readonly tags: Readonly<Record<string, string>>;
    readonly rootGibibytes?: number | undefined;
  }): void;
}

/** Statuses in order, with the share of the bake's time at which each begins. The shares are ours: AWS names none. */
const TIMELINE: readonly { readonly status: ImageStatus; readonly beginsAt: number }[] = [
  { status: 'CREATING', beginsAt: 0.01 },
  { status: 'BUILDING', beginsAt: 0.03 },
  { status: 'TESTING', beginsAt: 0.65 },
  { status: 'DISTRIBUTING', beginsAt: 0.9 },
  { status: 'INTEGRATING', beginsAt: 0.97 },
  { status: 'AVAILABLE', beginsAt: 1 },
];

/** The changes that raise an event. Whether PENDING and CREATING do is not confirmed; nobody may need them. */
const ANNOUNCED: readonly ImageStatus[] = [
  'BUILDING',
  'TESTING',
  'DISTRIBUTING',
  'INTEGRATING',
  'AVAILABLE',
  'CANCELLED',
  'FAILED',
];
const TERMINAL: readonly ImageStatus[] = [
  'AVAILABLE',
  'CANCELLED',
  'FAILED',
  'DEPRECATED',
  'DELETED',
  'DISABLED',
];
/** From where RetryImage can go on without building again. */
const RETRYABLE: readonly ImageStatus[] = ['TESTING', 'DISTRIBUTING', 'INTEGRATING'];

export function isTerminal(image: ImageRecord): boolean {
  return TERMINAL.includes(image.status);
}

/**
 * Moves images through their statuses in virtual time, and announces it.
 * @see Image Builder user guide, "EventBridge integration" (integ-eventbridge)
 */
export class BakeTimeline {
  private readonly world: World;
  private readonly events: EventSink;
  private readonly place: Place;
  private readonly readings: Readings;
  private readonly registry: ImageRegistry;

  constructor(parts: {
    world: World;
    events: EventSink;
    place: Place;
    readings: Readings;
    registry: ImageRegistry;
  }) {
    this.world = parts.world;
    this.events = parts.events;
    this.place = parts.place;
    this.readings = parts.readings;
    this.registry = parts.registry;
  }

  begin(image: ImageRecord): void {
    this.schedule(image, 0);
    const { failure } = image.outcome;
    if (failure !== undefined) {
      this.later(image, failure.afterSeconds, () => this.fail(image, failure.reason));
    }
    if (image.pipeline.imageScanningConfiguration?.imageScanningEnabled === true) {
      this.scheduleScan(image);
    }
  }

  /** @throws InvalidRequestException when the image is in an end state */
  cancel(image: ImageRecord): void {
    if (isTerminal(image)) {
      throw new AwsError(
        'InvalidRequestException',
        `The image '${image.arn}' is ${image.status} and cannot be cancelled.`,
      );
    }
    this.stop(image);
    image.reason = 'Image creation was cancelled.';
    this.enter(image, 'CANCELLED');
  }

  /** @throws InvalidRequestException unless the image failed after it was built */
  retry(image: ImageRecord): void {
    if (
      image.status !== 'FAILED' ||
      image.failedIn === undefined ||
      !RETRYABLE.includes(image.failedIn)
    ) {
      throw new AwsError(
        'InvalidRequestException',
        `The image '${image.arn}' cannot be retried from ${image.failedIn ?? image.status}.`,
      );
    }
    const doneShare = TIMELINE.find(({ status }) => status === image.failedIn)?.beginsAt ?? 0;
    delete image.reason;
    this.enter(image, image.failedIn);
    this.schedule(image, doneShare);
  }

  private schedule(image: ImageRecord, doneShare: number): void {
    const tested = image.pipeline.imageTestsConfiguration?.imageTestsEnabled !== false;
    for (const { status, beginsAt } of TIMELINE) {
      if (beginsAt > doneShare && (status !== 'TESTING' || tested)) {
        this.later(image, (beginsAt - doneShare) * image.outcome.seconds, () =>
          this.enter(image, status),
        );
      }
    }
  }

  /** The scan's end, relative to AVAILABLE, is not confirmed: before it or after it, by reading. */
  private scheduleScan(image: ImageRecord): void {
    const { seconds, scanSeconds, scanStatus = 'COMPLETED' } = image.outcome;
    const [begin, end] = this.readings.scanBeforeAvailable
      ? [0.65 * seconds, 0.95 * seconds]
      : [seconds, seconds + scanSeconds];
    image.scan = { status: 'PENDING' };
    this.later(image, begin, () => {
      image.scan = { status: 'SCANNING' };
    });
    this.later(image, begin + (end - begin) * 0.9, () => {
      image.scan = { status: 'COLLECTING' };
    });
    this.later(image, end, () => this.endScan(image, scanStatus));
  }

  private endScan(
    image: ImageRecord,
    status: NonNullable<ImageRecord['outcome']['scanStatus']>,
  ): void {
    image.scan =
      status === 'COMPLETED' ? { status } : { status, reason: `The scan ended as ${status}.` };
    if (status !== 'COMPLETED') {
      return;
    }
    this.events.emit({
      source: 'aws.imagebuilder',
      detailType: 'EC2 Image Builder CVE Detected',
      resources: [image.arn, image.pipeline.arn],
      detail: {
        'resource-id': imageIdFor(this.world.seed, `test instance of ${image.arn}`).replace(
          'ami-',
          'i-',
        ),
        'finding-severity-counts': { ...image.outcome.findings },
      },
    });
  }

  private fail(image: ImageRecord, reason: string): void {
    image.failedIn = image.status;
    image.reason = reason;
    this.stop(image);
    this.enter(image, 'FAILED');
  }

  private stop(image: ImageRecord): void {
    for (const timer of image.timers.splice(0)) {
      timer.cancel();
    }
    if (image.scan !== undefined && image.scan.status !== 'COMPLETED') {
      image.scan = { status: 'ABANDONED', reason: 'The image was not built.' };
    }
  }

  private enter(image: ImageRecord, status: ImageStatus): void {
    const previous = image.status;
    image.status = status;
    if (status === 'INTEGRATING') {
      this.distribute(image);
    }
    if (ANNOUNCED.includes(status)) {
      this.announce(image.arn, previous, status);
    }
  }

  announce(arn: string, previous: ImageStatus, status: ImageStatus): void {
    this.events.emit({
      source: 'aws.imagebuilder',
      detailType: 'EC2 Image Builder Image State Change',
      resources: [arn],
      detail: { 'previous-state': { status: previous }, state: { status } },
    });
  }

  /** Registers the AMI of this Region; those of other Regions are named alone, since one Region is simulated. */
  distribute(image: ImageRecord, imageIdHere = imageIdFor(this.world.seed, image.arn)): void {
    const build = readVersionedArn(image.arn)?.build;
    const name = `${image.name} ${image.version}/${build} ${new Date(this.world.nowMs()).toISOString().replaceAll(':', '-')}`;
    image.amis = this.regionsOf(image).map((region) => ({
      region,
      image:
        region === this.place.region
          ? imageIdHere
          : imageIdFor(this.world.seed, `${image.arn} in ${region}`),
      name,
      accountId: this.place.accountId,
      state: { status: 'AVAILABLE' },
    }));
    const here = image.distribution?.distributions?.find(
      ({ region }) => region === this.place.region,
    );
    const tags = {
      CreatedBy: 'EC2 Image Builder',
      Ec2ImageBuilderArn: image.arn,
      ...image.recipe.amiTags,
      ...here?.amiDistributionConfiguration?.amiTags,
    };
    this.registry.registerImage({
      imageId: imageIdHere,
      name,
      behaviour: image.outcome.behaviour,
      tags,
      rootGibibytes: image.recipe.blockDeviceMappings?.[0]?.ebs?.volumeSize,
    });
  }

  private regionsOf(image: ImageRecord): readonly string[] {
    const regions = image.distribution?.distributions?.flatMap(({ region }) => region ?? []) ?? [];
    return [...new Set([this.place.region, ...regions])];
  }

  private later(image: ImageRecord, seconds: number, action: () => void): void {
    const label = `image builder: ${image.arn}`;
    image.timers.push(this.world.after(Math.round(seconds * 1000), label, action));
  }
}
