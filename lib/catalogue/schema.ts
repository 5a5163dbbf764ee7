import * as z from 'zod';
import { gateSchema, waveGateSchema } from './gate-schema.ts';
import { bounded, duration, list, oneOf, percent, text, whole } from './leaves.ts';

/**
 * What users write: `kiln.yaml`, or the same object in a CDK app of their own. Free of transforms and defaults, so
 * that the JSON Schema made from it says exactly what is accepted; `normalise.ts` fills in the defaults.
 */

/**
 * At most 32: `<image>-<version>-<fleet>-…` must fit the 80 characters of an execution name. No upper case: Image
 * Builder writes names in lower case into its ARNs, by which events are matched.
 */
export const namePattern = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const nameExpected =
  'a name of at most 32 lower case letters, digits and hyphens that begins with a letter and does not end in a hyphen';
const name = text(namePattern, nameExpected);

export const hubSchema = text(
  /^[a-z][a-z0-9]{0,15}$/,
  'a name of at most 16 lower case letters and digits that begins with a letter',
).describe(
  'Name of this installation of Kiln; part of the names of its workflows, recipes and parameters. Default: main',
);

export const lookSchema = z
  .strictObject({
    refresh: duration.optional().describe('While a fleet is replaced. At least 1m. Default: 5m'),
    bake: duration.optional().describe('While an image is baked. At least 1m. Default: 15m'),
    waiting: duration
      .optional()
      .describe(
        'The longest while only a clock or a person is waited for; at least `refresh`. Default: 30m',
      ),
  })
  .describe('How often Kiln looks at what it supervises when no event wakes it');

const base = z
  .union([
    z.strictObject({
      ssm: text(
        /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
        'the name of an SSM parameter that holds an AMI id, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
      ).describe('SSM parameter, public or of this account, that holds an AMI id'),
    }),
    z.strictObject({
      ami: text(/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'an AMI id such as ami-0123456789abcdef0'),
    }),
    z.strictObject({
      imageBuilder: text(
        /^arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:\d{12}:image\/[a-z0-9_-]+$/,
        'the ARN of an Image Builder image without its version, such as arn:aws:imagebuilder:eu-west-1:111122223333:image/golden',
      ).describe('An image of an upstream Image Builder pipeline: its newest version is the base'),
    }),
  ])
  .describe('The image to build on: exactly one of ssm, ami, imageBuilder');

const component = text(
  /^(?:arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:(?:aws|aws-marketplace|\d{12}):component\/[a-z0-9_-]+\/(?:\d+|x)\.(?:\d+|x)\.(?:\d+|x)(?:\/\d+)?|\.{1,2}\/.+\.ya?ml)$/,
  'the ARN of a component with its version (arn:aws:imagebuilder:…:component/update-linux/x.x.x) or the path of a component file (./components/web-server.yaml)',
);

const findings = z
  .int({ error: 'a whole number of findings, 0 or more' })
  .min(0, { error: 'a whole number of findings, 0 or more' });

const inspection = z
  .strictObject({
    scan: oneOf(['required', 'off'])
      .optional()
      .describe('`required` refuses an image version without a completed scan. Default: required'),
    scanLimit: duration
      .optional()
      .describe('How long the scan is waited for once the image is there. Default: 1h'),
    maxCritical: findings.optional().describe('Most critical findings that pass. Default: 0'),
    maxHigh: findings.optional().describe('Most high findings that pass. Default: any number'),
    maxMedium: findings.optional().describe('Most medium findings that pass. Default: any number'),
  })
  .describe('The gate on an image version before any fleet sees it');

export const imageSchema = z.strictObject({
  base,
  components: list(component, 'a list of at least one component').describe(
    'Run in this order: ARNs of components, or component files relative to this file',
  ),
  platform: oneOf(['Linux', 'Windows']).optional().describe('Default: Linux'),
  instanceTypes: list(
    text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type such as t4g.medium'),
    'a list of at least one instance type',
  ).describe('Instance types to bake on; the first that has capacity'),
  rootVolume: z
    .strictObject({
      device: text(/^(?:\/dev\/)?[a-z0-9]+$/, 'a device name such as /dev/xvda')
        .optional()
        .describe('The root device of the base image. Default: /dev/xvda'),
      size: whole(1, 16_384, 'a size in GiB')
        .optional()
        .describe('GiB. Default: as the base image'),
    })
    .optional()
    .describe('The root volume; always encrypted'),
  network: z
    .strictObject({
      subnet: text(/^subnet-[0-9a-f]{8,17}$/, 'a subnet id such as subnet-0123456789abcdef0'),
      securityGroups: list(
        text(/^sg-[0-9a-f]{8,17}$/, 'a security group id such as sg-0123456789abcdef0'),
        'a list of at least one security group id',
      ),
    })
    .optional()
    .describe('Where to bake. Default: the default VPC'),
  bakeLimit: duration.optional().describe('The longest that a bake may take. Default: 2h'),
  inspection: inspection.optional(),
  wayBack: oneOf(['parallel', 'reverse'])
    .optional()
    .describe(
      '`parallel`: all moved fleets go back at once. `reverse`: one after another, the last moved first. Default: parallel',
    ),
});

export const checkpointSchema = z.strictObject({
  percent: whole(1, 100, 'a whole percentage').describe(
    'Share of the fleet that runs the new image',
  ),
  hold: duration
    .optional()
    .describe(
      'How long the fleet is held and judged here, at least. Not for 100: that is the soak',
    ),
});

const healthyPair = z.strictObject({
  min: percent.describe('Least healthy capacity, in percent of the desired capacity'),
  max: whole(100, 200, 'a whole percentage').describe('Most capacity, in percent'),
});
export const healthySchema = z
  .strictObject({
    forward: healthyPair.optional().describe('Default: min 90, max 110'),
    back: healthyPair.optional().describe('Default: min 90, max 150'),
  })
  .describe('Bounds of the capacity while instances are replaced');

export const limitsSchema = z
  .strictObject({
    inconclusive: duration
      .optional()
      .describe('How long past a hold or soak gates may stay inconclusive. Default: 15m'),
    unreadable: duration.optional().describe('How long reading the gates may fail. Default: 15m'),
    foreignRefresh: duration
      .optional()
      .describe('How long an instance refresh of somebody else is waited for. Default: 2h'),
    rollout: duration
      .optional()
      .describe(
        'The whole way forward. Default: 12h, the longest hold at each checkpoint, and the soak',
      ),
    wayBack: duration
      .optional()
      .describe('The whole way back, until a person is called. Default: 4h'),
    wayBackStall: duration
      .optional()
      .describe('A way back without progress for so long is started anew, gentler. Default: 20m'),
  })
  .describe('What may take how long');

export const fleetSchema = z.strictObject({
  image: name.describe('The image that this fleet runs'),
  autoScalingGroup: text(/^[^:]{1,255}$/, 'the name of an Auto Scaling group').describe(
    'An existing Auto Scaling group, by name',
  ),
  launchTemplate: text(
    /^lt-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
    'a launch template id such as lt-0123456789abcdef0',
  ).describe('The launch template of the group; Kiln makes new versions of it'),
  instanceRole: text(
    /^(?:arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+|[\w+=,.@-]{1,64})$/,
    'the name or ARN of an IAM role',
  ).describe('Role of the instances, name or ARN: what Kiln must be allowed to pass on'),
  checkpoints: list(checkpointSchema, 'a list of checkpoints').describe(
    'Rising shares of the fleet; the last is 100',
  ),
  healthy: healthySchema.optional(),
  gates: list(gateSchema, 'a list of at least one gate').describe('What judges the new instances'),
  soak: duration.describe('How long the fleet is watched after it is fully replaced'),
  soakEvidence: z
    .strictObject({
      metric: z
        .strictObject({
          namespace: text(/^[^:]{1,255}$/, 'a namespace of CloudWatch such as AWS/ApplicationELB'),
          name: text(/^.{1,255}$/, 'the name of a CloudWatch metric'),
          dimensions: z.record(
            text(/^.{1,255}$/, 'the name of a dimension'),
            text(/^.{1,255}$/, 'the value of a dimension'),
            { error: 'a mapping from dimension to value' },
          ),
        })
        .describe('A metric of the whole fleet; {{image}} stands for the new AMI'),
      count: oneOf(['requests', 'samples'])
        .optional()
        .describe('`requests`: its sum. `samples`: how many values it had. Default: requests'),
      atLeast: bounded('a number above 0', { above: 0 }).describe('So much must have been seen'),
      longest: duration.describe('How long it is waited for, from the beginning of the soak'),
    })
    .optional()
    .describe('What must have been seen of the new image before the soak is over'),
  warmup: duration
    .optional()
    .describe("Until a new instance counts. Default: the group's own default instance warmup"),
  exposureTolerance: percent
    .optional()
    .describe(
      'Percentage points above the checkpoint that may run the new image before the rollout goes back. Default: 10',
    ),
  autoRollback: z
    .boolean({ error: 'true or false' })
    .optional()
    .describe('Whether Auto Scaling goes back by itself as a backstop. Default: true'),
  limits: limitsSchema.optional(),
});

export const waveSchema = z.strictObject({
  name,
  fleets: list(name, 'a list of at least one fleet').describe('Rolled out side by side'),
  soak: duration
    .optional()
    .describe('How long the wave is watched after all its fleets are done. Default: 0s'),
  gates: list(waveGateSchema, 'a list of at least one gate')
    .optional()
    .describe('What judges the wave in its soak, beside the gates of its fleets'),
  limits: limitsSchema
    .pick({ inconclusive: true, unreadable: true })
    .optional()
    .describe('What may take how long, for the gates of the wave'),
});

const named = <Value extends z.ZodType>(value: Value, what: string) =>
  z.record(name, value, { error: `a mapping from ${what} name to ${what}` });

export const catalogueSchema = z
  .strictObject({
    hub: hubSchema.optional(),
    look: lookSchema.optional(),
    checkBaseImagesEvery: duration
      .optional()
      .describe('How often base images by SSM parameter are compared. At least 1m. Default: 1h'),
    sweepEvery: duration
      .optional()
      .describe(
        'How often Kiln looks for what dead executions left behind. At least 1m. Default: 10m',
      ),
    approvalLinks: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe(
        'Whether notifications that ask for approval hold a signed link to answer by, which opens a public address. Default: false',
      ),
    images: named(imageSchema, 'image').describe('Images by name'),
    fleets: named(fleetSchema, 'fleet').describe('Fleets by name'),
    waves: list(waveSchema, 'a list of waves').describe(
      'In this order; each fleet is in exactly one',
    ),
  })
  .describe('Kiln catalogue: images, fleets and waves');

/** The catalogue as users write it: durations are texts such as `10m`; strings may be CDK tokens. */
export type CatalogueDefinition = z.input<typeof catalogueSchema>;
export type ImageDefinition = z.input<typeof imageSchema>;
export type FleetDefinition = z.input<typeof fleetSchema>;
