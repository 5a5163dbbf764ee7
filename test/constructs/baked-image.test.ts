import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { BakedImage } from '../../lib/baked-image.ts';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { contentVersion } from '../../lib/content-version.ts';
import { aComponent } from '../catalogue/builders.ts';
import { aCatalogue, anApp, type Resource, resourcesOf } from './builders.ts';

const image = {
  base: { ssm: '/aws/service/base' },
  components: ['./server.yaml'],
  instanceTypes: ['t4g.medium'],
};

function synthesized(catalogue: CheckedCatalogue = aCatalogue(), tag?: string): Template {
  const stack = new Stack(anApp(), 'Image');
  new BakedImage(stack, 'Image', { catalogue, image: 'web' });
  if (tag) Tags.of(stack).add('team', tag);
  return Template.fromStack(stack);
}

const only = (template: Template, type: string): [string, Resource] => {
  const found = Object.entries(resourcesOf(template, type));
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('an image', () => {
  it('is made of this and nothing else', () => {
    const types = Object.values(
      synthesized().toJSON()['Resources'] as Record<string, Resource>,
    ).map(({ Type }) => Type);
    expect(types.toSorted()).toEqual([
      'AWS::IAM::InstanceProfile',
      'AWS::IAM::Role',
      'AWS::ImageBuilder::Component',
      'AWS::ImageBuilder::DistributionConfiguration',
      'AWS::ImageBuilder::ImagePipeline',
      'AWS::ImageBuilder::ImageRecipe',
      'AWS::ImageBuilder::InfrastructureConfiguration',
    ]);
  });

  it('is baked on instances without key pair, with IMDSv2, that end with the bake', () => {
    const [, infrastructure] = only(
      synthesized(),
      'AWS::ImageBuilder::InfrastructureConfiguration',
    );
    expect(infrastructure.Properties).toEqual({
      Name: 'kiln-main-web',
      InstanceProfileName: { Ref: expect.any(String) },
      InstanceTypes: ['t4g.medium'],
      InstanceMetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      TerminateInstanceOnFailure: true,
    });
  });

  it('has the recipe by whose name its events are matched, with an encrypted root volume', () => {
    const [, recipe] = only(synthesized(), 'AWS::ImageBuilder::ImageRecipe');
    expect(recipe.Properties).toMatchObject({
      Name: 'kiln-main-web',
      ParentImage: 'ssm:/aws/service/base',
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { Encrypted: true, DeleteOnTermination: true } },
      ],
    });
  });

  it('is baked when asked, never by a schedule, and scanned when the catalogue requires that', () => {
    const [, pipeline] = only(synthesized(), 'AWS::ImageBuilder::ImagePipeline');
    expect(pipeline.Properties).toMatchObject({
      Name: 'kiln-main-web',
      Status: 'ENABLED',
      ImageScanningConfiguration: { ImageScanningEnabled: true },
      ImageTestsConfiguration: { ImageTestsEnabled: true },
    });
    expect(pipeline.Properties['Schedule']).toBeUndefined();
    const off = aCatalogue({ images: { web: { ...image, inspection: { scan: 'off' } } } });
    const [, unscanned] = only(synthesized(off), 'AWS::ImageBuilder::ImagePipeline');
    expect(unscanned.Properties['ImageScanningConfiguration']).toEqual({
      ImageScanningEnabled: false,
    });
  });

  it('takes all that the catalogue can say', () => {
    const catalogue = aCatalogue({
      images: {
        web: {
          ...image,
          base: { imageBuilder: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden' },
          components: [
            'arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x',
            './server.yaml',
          ],
          platform: 'Windows',
          rootVolume: { device: '/dev/sda1', size: 30 },
          network: { subnet: 'subnet-0123456789abcdef0', securityGroups: ['sg-0123456789abcdef0'] },
        },
      },
    });
    const template = synthesized(catalogue);
    const [, recipe] = only(template, 'AWS::ImageBuilder::ImageRecipe');
    const [component] = only(template, 'AWS::ImageBuilder::Component');
    expect(recipe.Properties).toMatchObject({
      ParentImage: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/golden/x.x.x',
      Components: [
        { ComponentArn: 'arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x' },
        { ComponentArn: { 'Fn::GetAtt': [component, 'Arn'] } },
      ],
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 30 } }],
    });
    const [, infrastructure] = only(template, 'AWS::ImageBuilder::InfrastructureConfiguration');
    expect(infrastructure.Properties).toMatchObject({
      SubnetId: 'subnet-0123456789abcdef0',
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    expect(only(template, 'AWS::ImageBuilder::Component')[1].Properties['Platform']).toBe(
      'Windows',
    );
  });

  it('may be one that another app deployed, also by a token', () => {
    const app = anApp();
    const source = new Stack(app, 'Source');
    const own = new BakedImage(source, 'Image', { catalogue: aCatalogue(), image: 'web' });
    const other = new Stack(app, 'Other');
    const imported = BakedImage.fromPipelineArn(other, 'Imported', own.pipelineArn);
    new CfnOutput(other, 'Arn', { value: imported.pipelineArn });
    expect(JSON.stringify(Template.fromStack(other).toJSON()['Outputs'])).toContain(
      'Fn::ImportValue',
    );
  });

  it('must be one of the catalogue', () => {
    const make = () =>
      new BakedImage(new Stack(anApp(), 'S'), 'Image', { catalogue: aCatalogue(), image: 'wbe' });
    expect(make).toThrow('expected one of the images web, came "wbe"');
  });
});

/**
 * What CloudFormation does with resources that can only be replaced, and what Image Builder refuses: a name and version that
 * exist. The new one is made before the old one is deleted. @see aws-resource-imagebuilder-component
 */
class Account {
  private deployed: Record<string, string> = {};
  readonly replaced: string[] = [];

  deploy(template: Template): void {
    const next = Object.fromEntries(
      ['AWS::ImageBuilder::Component', 'AWS::ImageBuilder::ImageRecipe'].flatMap((type) =>
        Object.entries(resourcesOf(template, type)).map(([id, { Properties }]) => [
          id,
          JSON.stringify(this.resolved(Properties, template)),
        ]),
      ),
    );
    const existing = new Set(Object.values(this.deployed).map(identity));
    for (const [id, properties] of Object.entries(next)) {
      if (this.deployed[id] === properties) continue;
      if (existing.has(identity(properties))) throw new Error(`${identity(properties)} exists`);
      this.replaced.push(id.replace(/[0-9A-F]{8}$/, ''));
    }
    this.deployed = next;
  }

  /** A reference to a component becomes its ARN, which has its version. */
  private resolved(properties: unknown, template: Template): unknown {
    const components = resourcesOf(template, 'AWS::ImageBuilder::Component');
    return JSON.parse(JSON.stringify(properties), (_, value) => {
      const component = components[value?.['Fn::GetAtt']?.[0]];
      return component
        ? `${component.Properties['Name']}/${component.Properties['Version']}`
        : value;
    });
  }
}
const identity = (properties: string): string => {
  const { Name, Version } = JSON.parse(properties);
  return `${Name} ${Version}`;
};

describe('content that changes and comes back', () => {
  const a = () => synthesized();
  const component = aComponent.replace('nginx', 'caddy');
  const variants = {
    'the content of a component': () => synthesized(aCatalogue({}, component)),
    'the base image': () =>
      synthesized(
        aCatalogue({ images: { web: { ...image, base: { ami: 'ami-0123456789abcdef0' } } } }),
      ),
    'the root volume': () =>
      synthesized(aCatalogue({ images: { web: { ...image, rootVolume: { size: 30 } } } })),
    'the order of components': () =>
      synthesized(
        aCatalogue({
          images: {
            web: {
              ...image,
              components: [
                './server.yaml',
                'arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x',
              ],
            },
          },
        }),
      ),
    'the tags of the app': () => synthesized(aCatalogue(), 'blue'),
  };

  it.each(Object.entries(variants))('deploys from A to B and back to A: %s', (_, b) => {
    const account = new Account();
    account.deploy(a());
    const first = account.replaced.length;
    account.deploy(b());
    expect(account.replaced.length).toBeGreaterThan(first);
    account.deploy(a());
    account.deploy(b());
  });

  it('replaces the recipe with its component, since an image is built by the recipe that was', () => {
    const account = new Account();
    account.deploy(a());
    account.replaced.length = 0;
    account.deploy(variants['the content of a component']());
    expect(account.replaced).toEqual(['ImageComponentserver', 'ImageRecipe']);
  });

  it('would be caught by this test', () => {
    const account = new Account();
    const fixed = (template: Template) => {
      for (const type of ['AWS::ImageBuilder::Component', 'AWS::ImageBuilder::ImageRecipe']) {
        for (const { Properties } of Object.values(resourcesOf(template, type))) {
          Object.assign(Properties, { Version: '1.0.0' });
        }
      }
      return template;
    };
    account.deploy(fixed(a()));
    expect(() => account.deploy(fixed(variants['the content of a component']()))).toThrow('exists');
  });

  it('leaves all as it is when nothing changes', () => {
    expect(a().toJSON()).toEqual(a().toJSON());
  });
});

describe('the version of content', () => {
  it('is three numbers that Image Builder takes', () => {
    for (let content = 0; content < 500; content += 1) {
      const parts = contentVersion(content).split('.').map(Number);
      expect(parts).toHaveLength(3);
      for (const part of parts) {
        expect(Number.isInteger(part)).toBe(true);
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThan(2 ** 30);
      }
    }
  });

  it('follows from the content, not from the order of its keys', () => {
    expect(contentVersion({ a: 1, b: [1, 2] })).toBe(contentVersion({ b: [1, 2], a: 1 }));
    expect(contentVersion({ a: 1, b: [1, 2] })).not.toBe(contentVersion({ a: 1, b: [2, 1] }));
  });
});
