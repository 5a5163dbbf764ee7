import type {
  DeregisterImageCommandInput,
  DeregisterImageCommandOutput,
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  DisableImageCommandInput,
  DisableImageCommandOutput,
  EnableImageCommandInput,
  EnableImageCommandOutput,
  EnableImageDeprecationCommandInput,
  EnableImageDeprecationCommandOutput,
  Filter,
  Image,
} from '@aws-sdk/client-ec2';
import {
  AwsError,
  type EventSink,
  type ImageBehaviour,
  type Permission,
  type Place,
  type World,
} from '../contract.ts';
import { randomHex } from '../random.ts';
import { operation, pageOf, tagContext } from './fleet-operation.ts';

/** An image whose instances are well: healthy 40 s after launch, no errors, quick answers. */
export const healthyBehaviour: ImageBehaviour = {
  healthySeconds: 40,
  metrics: (_minute, random) => ({
    Requests: 100 + Math.floor(random() * 20),
    Errors: 0,
    ErrorRate: 0,
    LatencyMs: 20 + random() * 5,
    CPUUtilization: 20 + random() * 10,
  }),
  targetFailureRatio: () => 0,
};

type ImageState = 'pending' | 'available' | 'disabled' | 'failed' | 'deregistered';

/** How long a deregistered id is still described; EC2 says only that it lingers. */
const LINGER_MS = 60_000;

interface ImageRecord {
  readonly imageId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly snapshotId: string;
  readonly rootGibibytes: number;
  readonly createdMs: number;
  readonly behaviour: ImageBehaviour;
  readonly tags: Map<string, string>;
  state: ImageState;
  deregisteredMs?: number;
  deprecateAt?: Date;
}

interface VolumeMapping {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: { readonly VolumeSize?: number | undefined } | undefined;
}

export interface NewImage {
  readonly imageId?: string | undefined;
  readonly name: string;
  readonly behaviour?: ImageBehaviour | undefined;
  readonly snapshotId?: string | undefined;
  /** @default 8 */
  readonly rootGibibytes?: number | undefined;
  readonly ownerId?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Of every image, whatever it was made from. */
const ROOT_DEVICE = '/dev/xvda';

/** Machine images: their states, and how instances of them behave. @see EC2-UG/ami-lifecycle */
export class Images {
  readonly #world: World;
  readonly #events: EventSink;
  readonly #place: Place;
  readonly #random: () => number;
  readonly #images = new Map<string, ImageRecord>();

  constructor(parts: { world: World; events: EventSink; place: Place }) {
    this.#world = parts.world;
    this.#events = parts.events;
    this.#place = parts.place;
    this.#random = parts.world.random('ec2/images');
  }

  /** Makes an available image and says so (`EC2 AMI State Change`). Answers its id. */
  register(image: NewImage): string {
    const imageId = image.imageId ?? `ami-${randomHex(this.#random, 17)}`;
    this.#images.set(imageId, {
      imageId,
      name: image.name,
      ownerId: image.ownerId ?? this.#place.accountId,
      snapshotId: image.snapshotId ?? `snap-${randomHex(this.#random, 17)}`,
      rootGibibytes: image.rootGibibytes ?? 8,
      createdMs: this.#world.nowMs(),
      behaviour: image.behaviour ?? healthyBehaviour,
      tags: new Map(Object.entries(image.tags ?? {})),
      state: 'available',
    });
    this.#announce(imageId, 'available');
    return imageId;
  }

  behaviourOf(imageId: string): ImageBehaviour {
    return this.#images.get(imageId)?.behaviour ?? healthyBehaviour;
  }

  /** What a launch of this image is refused with, if anything. */
  launchRefusal(imageId: string): AwsError | undefined {
    const image = this.#images.get(imageId);
    if (image === undefined || image.state === 'deregistered') return notFound(imageId);
    if (image.state === 'available') return undefined;
    return new AwsError('InvalidAMIID.Unavailable', `The image ID '${imageId}' is not available`);
  }

  /** What a launch with these volumes is refused with: none may be smaller than the snapshot that it is made from. */
  volumeRefusal(imageId: string, mappings: readonly VolumeMapping[]): AwsError | undefined {
    const image = this.#images.get(imageId);
    const size = mappings.find(({ DeviceName }) => DeviceName === ROOT_DEVICE)?.Ebs?.VolumeSize;
    if (image === undefined || size === undefined || size >= image.rootGibibytes) return undefined;
    return new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${size}GB is smaller than snapshot '${image.snapshotId}', expect size >= ${image.rootGibibytes}GB`,
    );
  }

  arnOf(imageId: string): string {
    return `arn:${this.#place.partition}:ec2:${this.#place.region}::image/${imageId}`;
  }

  /** Condition keys of an image as a resource. */
  contextOf(imageId: string): Record<string, string> {
    const image = this.#images.get(imageId);
    if (image === undefined) return {};
    return { ...tagContext(Object.fromEntries(image.tags), 'ec2'), 'ec2:Owner': image.ownerId };
  }

  tag(imageId: string, key: string, value: string): void {
    this.#must(imageId).tags.set(key, value);
  }

  deregister(imageId: string): readonly string[] {
    const image = this.#must(imageId);
    image.state = 'deregistered';
    image.deregisteredMs = this.#world.nowMs();
    this.#announce(imageId, 'deregistered');
    return [image.snapshotId];
  }

  disable(imageId: string): void {
    this.#must(imageId).state = 'disabled';
    this.#announce(imageId, 'disabled');
  }

  enable(imageId: string): void {
    this.#must(imageId).state = 'available';
    this.#announce(imageId, 'available');
  }

  readonly operations = {
    DescribeImages: operation<DescribeImagesCommandInput, DescribeImagesCommandOutput>({
      authorize: () => [{ action: 'ec2:DescribeImages', resource: '*' }],
      run: (input) => this.#describe(input),
    }),
    DeregisterImage: operation<DeregisterImageCommandInput, DeregisterImageCommandOutput>({
      authorize: (input) => this.#permission('ec2:DeregisterImage', input.ImageId),
      run: (input) => {
        const snapshots = this.deregister(input.ImageId ?? '');
        const results = snapshots.map((SnapshotId) => ({
          SnapshotId,
          ReturnCode: 'success' as const,
        }));
        return input.DeleteAssociatedSnapshots
          ? { Return: true, DeleteSnapshotResults: results }
          : { Return: true };
      },
    }),
    DisableImage: operation<DisableImageCommandInput, DisableImageCommandOutput>({
      authorize: (input) => this.#permission('ec2:DisableImage', input.ImageId),
      run: (input) => {
        this.disable(input.ImageId ?? '');
        return { Return: true };
      },
    }),
    EnableImage: operation<EnableImageCommandInput, EnableImageCommandOutput>({
      authorize: (input) => this.#permission('ec2:EnableImage', input.ImageId),
      run: (input) => {
        this.enable(input.ImageId ?? '');
        return { Return: true };
      },
    }),
    EnableImageDeprecation: operation<
      EnableImageDeprecationCommandInput,
      EnableImageDeprecationCommandOutput
    >({
      authorize: (input) => this.#permission('ec2:EnableImageDeprecation', input.ImageId),
      run: (input) => {
        const image = this.#must(input.ImageId ?? '');
        if (input.DeprecateAt !== undefined) image.deprecateAt = input.DeprecateAt;
        return { Return: true };
      },
    }),
  };

  #permission(action: string, imageId: string | undefined): readonly Permission[] {
    const id = imageId ?? '';
    return [{ action, resource: this.arnOf(id), context: this.contextOf(id) }];
  }

  /** Own images are described although deprecated; disabled ones only on request. */
  #describe(input: DescribeImagesCommandInput): { Images: Image[]; NextToken?: string } {
    for (const id of input.ImageIds ?? []) this.#describable(id);
    const wanted = [...this.#images.values()].filter(
      (image) =>
        (input.ImageIds?.length ? input.ImageIds.includes(image.imageId) : !isGone(image)) &&
        (image.state !== 'disabled' || input.IncludeDisabled === true) &&
        this.#ownedBy(image, input.Owners) &&
        (input.Filters ?? []).every((filter) => matchesFilter(image, filter)),
    );
    const { page, nextToken } = pageOf(
      wanted,
      input.NextToken,
      input.MaxResults ?? 1000,
      () => new AwsError('InvalidNextToken', 'The token is not valid'),
    );
    const images = page.map((image) => this.#show(image));
    return nextToken === undefined ? { Images: images } : { Images: images, NextToken: nextToken };
  }

  #describable(imageId: string): void {
    const image = this.#images.get(imageId);
    const lingers =
      image?.deregisteredMs !== undefined && this.#world.nowMs() < image.deregisteredMs + LINGER_MS;
    if (image === undefined || (image.state === 'deregistered' && !lingers))
      throw notFound(imageId);
  }

  #ownedBy(image: ImageRecord, owners: readonly string[] | undefined): boolean {
    if (!owners?.length) return true;
    return owners.some(
      (owner) => (owner === 'self' ? this.#place.accountId : owner) === image.ownerId,
    );
  }

  #must(imageId: string): ImageRecord {
    const image = this.#images.get(imageId);
    if (image === undefined || image.state === 'deregistered') throw notFound(imageId);
    return image;
  }

  #show(image: ImageRecord): Image {
    return {
      ImageId: image.imageId,
      ImageLocation: `${image.ownerId}/${image.name}`,
      ImageType: 'machine',
      Architecture: 'arm64',
      Name: image.name,
      OwnerId: image.ownerId,
      Public: false,
      State: image.state,
      CreationDate: isoOf(image.createdMs),
      RootDeviceType: 'ebs',
      RootDeviceName: ROOT_DEVICE,
      BlockDeviceMappings: [
        {
          DeviceName: ROOT_DEVICE,
          Ebs: {
            SnapshotId: image.snapshotId,
            VolumeSize: image.rootGibibytes,
            Encrypted: true,
          },
        },
      ],
      Tags: [...image.tags].map(([Key, Value]) => ({ Key, Value })),
      ...(image.deprecateAt === undefined
        ? {}
        : { DeprecationTime: image.deprecateAt.toISOString() }),
    };
  }

  /** @see EC2-UG/monitor-ami-events: the resource ARN has no account id. */
  #announce(imageId: string, state: ImageState): void {
    this.#events.emit({
      source: 'aws.ec2',
      detailType: 'EC2 AMI State Change',
      resources: [this.arnOf(imageId)],
      detail: {
        RequestId: `${randomHex(this.#random, 32)}`,
        ImageId: imageId,
        State: state,
        ErrorMessage: '',
      },
    });
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
const isGone = (image: ImageRecord): boolean => image.state === 'deregistered';

function notFound(imageId: string): AwsError {
  return new AwsError('InvalidAMIID.NotFound', `The image id '[${imageId}]' does not exist`);
}

function matchesFilter(image: ImageRecord, filter: Filter): boolean {
  const name = filter.Name ?? '';
  const values = filter.Values ?? [];
  if (name.startsWith('tag:')) return values.includes(image.tags.get(name.slice(4)) ?? '\u0000');
  const facts: Readonly<Record<string, string>> = {
    'image-id': image.imageId,
    name: image.name,
    state: image.state,
    'owner-id': image.ownerId,
  };
  const fact = facts[name];
  if (fact === undefined)
    throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return values.includes(fact);
}
