import type { Image, LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { type Account, errorOf, Fleet, makeAccount } from './account.ts';

const images = (account: Account, input: object) =>
  account.call<{ Images: Image[] }>(account.ec2, 'DescribeImages', input).Images;

describe('images', () => {
  it('are announced with an ARN without an account when they appear, are disabled or deregistered', () => {
    const account = makeAccount();
    const ImageId = account.ec2.registerImage({ name: 'web' });
    account.call(account.ec2, 'DisableImage', { ImageId });
    account.call(account.ec2, 'DeregisterImage', { ImageId });
    expect(account.events.map(({ detail }) => (detail as { State: string }).State)).toEqual([
      'available',
      'disabled',
      'deregistered',
    ]);
    expect(account.events[0]).toMatchObject({
      source: 'aws.ec2',
      detailType: 'EC2 AMI State Change',
      resources: [`arn:aws:ec2:eu-west-1::image/${ImageId}`],
      detail: { ImageId, ErrorMessage: '' },
    });
  });

  it('that are disabled are described only on request, deprecated ones always, and deregistered ones not for long', async () => {
    const account = makeAccount();
    const ImageId = account.ec2.registerImage({ name: 'web' });
    const only = { ImageIds: [ImageId] };
    account.call(account.ec2, 'EnableImageDeprecation', { ImageId, DeprecateAt: new Date(0) });
    expect(images(account, only)).toMatchObject([
      { State: 'available', DeprecationTime: expect.any(String) },
    ]);
    account.call(account.ec2, 'DisableImage', { ImageId });
    expect(images(account, only)).toEqual([]);
    expect(images(account, { ...only, IncludeDisabled: true })).toMatchObject([
      { State: 'disabled' },
    ]);
    account.call(account.ec2, 'EnableImage', { ImageId });
    account.call(account.ec2, 'DeregisterImage', { ImageId });
    expect(images(account, only)).toMatchObject([{ State: 'deregistered' }]);
    await account.minutes(2);
    expect(errorOf(() => images(account, only))).toEqual({
      name: 'InvalidAMIID.NotFound',
      message: `The image id '[${ImageId}]' does not exist`,
    });
    expect(images(account, {})).toEqual([]);
  });

  it('carry tags into the conditions of their permissions', () => {
    const account = makeAccount();
    const ImageId = account.ec2.registerImage({ name: 'web' });
    account.call(account.ec2, 'CreateTags', {
      Resources: [ImageId],
      Tags: [{ Key: 'kiln', Value: 'main' }],
    });
    const { authorize } = account.ec2.operations['DeregisterImage']!;
    expect(authorize({ ImageId } as never, undefined as never)).toEqual([
      {
        action: 'ec2:DeregisterImage',
        resource: `arn:aws:ec2:eu-west-1::image/${ImageId}`,
        context: {
          'aws:ResourceTag/kiln': 'main',
          'ec2:ResourceTag/kiln': 'main',
          'ec2:Owner': '111122223333',
        },
      },
    ]);
  });
});

describe('launch templates', () => {
  const setUp = (readings = {}) => {
    const account = makeAccount(readings);
    const call = <Output>(operation: string, input: object) =>
      account.call<Output>(account.ec2, operation, { LaunchTemplateName: 'web', ...input });
    const imageId = account.ec2.registerImage({ name: 'web' });
    call('CreateLaunchTemplate', {
      LaunchTemplateData: {
        ImageId: imageId,
        InstanceType: 't4g.small',
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-1', VolumeSize: 8 } },
        ],
      },
    });
    const versions = (input: object = {}) =>
      call<{ LaunchTemplateVersions: LaunchTemplateVersion[] }>(
        'DescribeLaunchTemplateVersions',
        input,
      ).LaunchTemplateVersions;
    return { account, call, versions, imageId };
  };

  it('merge a new version into its source, without the snapshot ids of the source', () => {
    const { account, call, versions } = setUp();
    const ImageId = account.ec2.registerImage({ name: 'web-2' });
    call('CreateLaunchTemplateVersion', {
      SourceVersion: '1',
      VersionDescription: 'two',
      LaunchTemplateData: { ImageId },
    });
    expect(versions({ Versions: ['2'] })).toMatchObject([
      {
        VersionNumber: 2,
        VersionDescription: 'two',
        DefaultVersion: false,
        LaunchTemplateData: {
          ImageId,
          InstanceType: 't4g.small',
          BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8 } }],
        },
      },
    ]);
    expect(versions()[0]!.LaunchTemplateData!.BlockDeviceMappings![0]!.Ebs).not.toHaveProperty(
      'SnapshotId',
    );
    call('CreateLaunchTemplateVersion', { LaunchTemplateData: { ImageId } });
    expect(versions({ Versions: ['3'] })[0]!.LaunchTemplateData).toEqual({ ImageId });
  });

  it('warn of an image that cannot be launched, and make the version all the same', () => {
    const { call, versions } = setUp();
    const answer = call('CreateLaunchTemplateVersion', {
      LaunchTemplateData: { ImageId: 'ami-0' },
    });
    expect(answer).toMatchObject({
      Warning: { Errors: [{ Message: expect.stringContaining('ami-0') }] },
    });
    expect(versions()).toHaveLength(2);
  });

  it.each([
    { remembered: true, made: 2 },
    { remembered: false, made: 3 },
  ])('make $made versions of one token sent twice when it is remembered: $remembered', (row) => {
    const { call, versions, imageId } = setUp({ templateTokenRemembered: row.remembered });
    const input = { ClientToken: 'once', LaunchTemplateData: { ImageId: imageId } };
    call('CreateLaunchTemplateVersion', input);
    call('CreateLaunchTemplateVersion', input);
    expect(versions()).toHaveLength(row.made);
    const other = () =>
      call('CreateLaunchTemplateVersion', { ...input, VersionDescription: 'other' });
    if (row.remembered) expect(errorOf(other).name).toBe('IdempotentParameterMismatch');
  });

  it('know $Latest and $Default, ranges, filters and pages', () => {
    const { call, versions, imageId } = setUp();
    for (let index = 0; index < 4; index += 1)
      call('CreateLaunchTemplateVersion', { SourceVersion: '1', LaunchTemplateData: {} });
    call('ModifyLaunchTemplate', { DefaultVersion: '3' });
    const numbers = (input: object) => versions(input).map(({ VersionNumber }) => VersionNumber);
    expect(numbers({ Versions: ['$Latest', '$Default'] })).toEqual([5, 3]);
    expect(numbers({ MinVersion: '2', MaxVersion: '4' })).toEqual([4, 3, 2]);
    expect(numbers({ Filters: [{ Name: 'is-default-version', Values: ['true'] }] })).toEqual([3]);
    expect(numbers({ Filters: [{ Name: 'image-id', Values: [imageId] }], MaxResults: 2 })).toEqual([
      5, 4,
    ]);
    expect(numbers({ MaxResults: 2, NextToken: '4' })).toEqual([1]);
  });

  it('delete versions one by one, never the default one, never reusing a number', () => {
    const { call, versions } = setUp();
    call('CreateLaunchTemplateVersion', { LaunchTemplateData: {} });
    expect(call('DeleteLaunchTemplateVersions', { Versions: ['1', '2', '9'] })).toMatchObject({
      SuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 2 }],
      UnsuccessfullyDeletedLaunchTemplateVersions: [
        { VersionNumber: 1, ResponseError: { Code: 'unexpectedError' } },
        { VersionNumber: 9, ResponseError: { Code: 'launchTemplateVersionDoesNotExist' } },
      ],
    });
    call('CreateLaunchTemplateVersion', { LaunchTemplateData: {} });
    expect(versions().map(({ VersionNumber }) => VersionNumber)).toEqual([3, 1]);
  });

  it.each([
    [
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateName: 'none' },
      'InvalidLaunchTemplateName.NotFoundException',
    ],
    [
      'ModifyLaunchTemplate',
      { LaunchTemplateName: undefined, LaunchTemplateId: 'lt-0' },
      'InvalidLaunchTemplateId.NotFound',
    ],
    [
      'DescribeLaunchTemplateVersions',
      { Versions: ['7'] },
      'InvalidLaunchTemplateId.VersionNotFound',
    ],
    ['ModifyLaunchTemplate', { DefaultVersion: '7' }, 'InvalidLaunchTemplateId.VersionNotFound'],
    [
      'CreateLaunchTemplate',
      { LaunchTemplateData: {} },
      'InvalidLaunchTemplateName.AlreadyExistsException',
    ],
    [
      'CreateLaunchTemplateVersion',
      { LaunchTemplateId: 'lt-0', LaunchTemplateData: {} },
      'InvalidParameterCombination',
    ],
  ])('%s of %o is refused as %s', (operation, input, name) => {
    expect(errorOf(() => setUp().call(operation, input)).name).toBe(name);
  });
});

describe('instances', () => {
  it('are described with image and tags, and end in the states that EC2 announces', async () => {
    const fleet = await Fleet.make(makeAccount(), {
      size: 1,
      group: { Tags: [{ Key: 'app', Value: 'web', PropagateAtLaunch: true }] },
    });
    const { account } = fleet;
    const [instance] = fleet.group().Instances!;
    expect(
      account.call(account.ec2, 'DescribeInstances', {
        Filters: [{ Name: 'tag:app', Values: ['web'] }],
      }),
    ).toMatchObject({
      Reservations: [
        {
          Instances: [
            {
              InstanceId: instance!.InstanceId,
              ImageId: fleet.oldImage,
              State: { Name: 'running' },
            },
          ],
        },
      ],
    });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 0 });
    await account.minutes(3);
    const states = account.events
      .filter(({ detailType }) => detailType === 'EC2 Instance State-change Notification')
      .map(({ detail }) => (detail as { state: string }).state);
    expect(states).toEqual(['pending', 'running', 'shutting-down', 'terminated']);
  });
});
