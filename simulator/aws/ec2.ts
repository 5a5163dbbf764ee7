import type {
  CreateTagsCommandInput,
  CreateTagsCommandOutput,
  DescribeSubnetsCommandInput,
  DescribeSubnetsCommandOutput,
} from '@aws-sdk/client-ec2';
import {
  AwsError,
  type EventSink,
  type ImageBehaviour,
  type Operation,
  type Place,
  type Readings,
  type Service,
  type World,
} from '../contract.ts';
import { Images, type NewImage } from './ec2-images.ts';
import { Instances } from './ec2-instances.ts';
import { LaunchTemplates } from './ec2-launch-templates.ts';
import { LaunchTemplateStore } from './ec2-template-store.ts';
import { operation } from './fleet-operation.ts';

export { healthyBehaviour, type NewImage } from './ec2-images.ts';

interface Ec2Parts {
  readonly world: World;
  readonly events: EventSink;
  readonly place: Place;
  readonly readings: Readings;
}

/** EC2 as far as immutable fleets need it: images, launch templates, and the instances that Auto Scaling launches. */
export class Ec2 implements Service {
  readonly client = 'client-ec2';
  readonly images: Images;
  readonly templates: LaunchTemplates;
  readonly instances: Instances;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #place: Place;
  readonly #profiles = new Map<string, string>();
  #readParameter: (name: string) => string | undefined = () => undefined;

  constructor(parts: Ec2Parts) {
    this.#place = parts.place;
    this.images = new Images(parts);
    const store = new LaunchTemplateStore({
      world: parts.world,
      imageDoubt: (imageId) => this.images.launchRefusal(imageId)?.message,
    });
    this.templates = new LaunchTemplates({ store, place: parts.place, readings: parts.readings });
    this.instances = new Instances({ ...parts, images: this.images });
    this.operations = {
      ...this.images.operations,
      ...this.templates.operations,
      ...this.instances.operations,
      CreateTags: this.#createTags,
      DescribeSubnets: this.#describeSubnets,
    };
  }

  /** Makes an available image; answers its id. */
  registerImage(image: NewImage): string {
    return this.images.register(image);
  }

  behaviourOf(imageId: string): ImageBehaviour {
    return this.images.behaviourOf(imageId);
  }

  /** Which role an instance profile holds; unregistered ones hold the role of their own name. */
  registerInstanceProfile(profile: { name: string; roleArn: string }): void {
    this.#profiles.set(profile.name, profile.roleArn);
  }

  /** By profile name or profile ARN. */
  roleOfProfile(profile: string): string {
    const name = profile.slice(profile.lastIndexOf('/') + 1);
    const { partition, accountId } = this.#place;
    return this.#profiles.get(name) ?? `arn:${partition}:iam::${accountId}:role/${name}`;
  }

  /** How `resolve:ssm:` image references are read; without it they name nothing. */
  onResolveParameter(read: (name: string) => string | undefined): void {
    this.#readParameter = read;
  }

  /** The image of a launch: an id, or the value of the parameter that is named. @throws InvalidParameterValue */
  resolveImage(image: string): string {
    const prefix = 'resolve:ssm:';
    if (!image.startsWith(prefix)) return image;
    const value = this.#readParameter(image.slice(prefix.length));
    if (value === undefined)
      throw new AwsError('InvalidParameterValue', `Unable to resolve ${image}`);
    return value;
  }

  readonly #createTags = operation<CreateTagsCommandInput, CreateTagsCommandOutput>({
    authorize: (input) =>
      (input.Resources ?? []).map((id) => ({
        action: 'ec2:CreateTags',
        resource: this.#arnOf(id),
        context: {
          ...(id.startsWith('ami-') ? this.images.contextOf(id) : {}),
          ...Object.fromEntries(
            (input.Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? '']),
          ),
          'aws:TagKeys': (input.Tags ?? []).map(({ Key }) => Key ?? ''),
        },
      })),
    run: (input) => {
      for (const id of input.Resources ?? [])
        for (const { Key, Value } of input.Tags ?? []) this.#tag(id, Key ?? '', Value ?? '');
      return {};
    },
  });

  readonly #describeSubnets = operation<DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput>({
    authorize: () => [{ action: 'ec2:DescribeSubnets', resource: '*' }],
    run: (input) => ({
      Subnets: (input.SubnetIds ?? []).map((SubnetId, index) => ({
        SubnetId,
        State: 'available',
        AvailabilityZone: `${this.#place.region}${'abc'[index % 3]}`,
        OwnerId: this.#place.accountId,
      })),
    }),
  });

  #tag(id: string, key: string, value: string): void {
    if (id.startsWith('ami-')) this.images.tag(id, key, value);
    else if (id.startsWith('lt-'))
      this.templates.store.must({ LaunchTemplateId: id }).tags[key] = value;
    else throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  }

  #arnOf(id: string): string {
    if (id.startsWith('ami-')) return this.images.arnOf(id);
    if (id.startsWith('lt-')) return this.templates.arnOf(id);
    return this.instances.arnOf(id);
  }
}
