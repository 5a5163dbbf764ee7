import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Account } from '../../../simulator/index.ts';
import { provision } from '../../../simulator/template/provision.ts';
import { playScenario } from './playing.ts';

/** Launch templates whose volumes do not go with the new image: found out before anything moves. */

const LaunchTemplateId = 'lt-0123456789abcdef0';
const catalogueFile = join(mkdtempSync(join(tmpdir(), 'kiln-volumes-')), 'kiln.yaml');
writeFileSync(
  catalogueFile,
  `
images:
  web:
    base: { ami: ami-0123456789abcdef0 }
    components: ["arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x"]
    instanceTypes: [t4g.medium]
    rootVolume: { device: /dev/xvda, size: 30 }
    inspection: { scan: "off" }
fleets:
  web-only:
    image: web
    autoScalingGroup: web-only
    launchTemplate: ${LaunchTemplateId}
    instanceRole: web-instance
    checkpoints: [{ percent: 25, hold: 10m }, { percent: 100 }]
    gates: [{ instanceHealth: { min: 100 } }]
    soak: 1m
waves:
  - { name: all, fleets: [web-only] }
`,
);

/** The group runs a version with these block devices. */
const withVolumes =
  (BlockDeviceMappings: readonly object[]) =>
  ({ world, ec2, autoScaling }: Account): void => {
    provision(world, ec2, 'CreateLaunchTemplateVersion', {
      LaunchTemplateId,
      SourceVersion: '1',
      LaunchTemplateData: { BlockDeviceMappings },
    });
    provision(world, autoScaling, 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: 'web-only',
      LaunchTemplate: { LaunchTemplateId, Version: '2' },
    });
  };

test.each([
  {
    what: 'a data volume from a snapshot is missed',
    volumes: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-0123456789abcdef0' } }],
    why: /version 2 of group web-only makes \/dev\/sdf from snapshot snap-0123456789abcdef0/,
  },
  {
    what: 'a root volume is too small for the new image',
    volumes: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8 } }],
    why: /version 2 makes \/dev\/xvda 8 GiB, and image ami-\w+ .* needs 30/,
  },
])('$what: the fleet is refused before anything moves', async ({ volumes, why }) => {
  const arrange = withVolumes(volumes);
  const { releases, breaches, trace } = await playScenario('good-image', {
    catalogueFile,
    arrange,
  });
  expect(breaches).toEqual([]);
  expect(releases).toMatchObject([{ outcome: 'failed', reason: expect.stringMatching(why) }]);
  const moves = trace.filter(
    (line) =>
      line.kind === 'call' &&
      /^(StartInstanceRefresh|CreateLaunchTemplateVersion)$/.test(line.operation) &&
      line.role !== '',
  );
  expect(moves).toEqual([]);
});

test('volumes that are large enough, and data volumes without a snapshot, are no obstacle', async () => {
  const arrange = withVolumes([
    { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30 } },
    { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 100 } },
  ]);
  const { releases, breaches } = await playScenario('good-image', { catalogueFile, arrange });
  expect(breaches).toEqual([]);
  expect(releases).toMatchObject([{ outcome: 'promoted' }]);
});
