import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  hubDimension,
  type MeasuredOutcome,
  metricNamespace,
  ReleaseMetric,
} from '../lambdas/core/metrics.ts';
import { Alarms } from './alarms.ts';
import { needsLinks } from './answer-links.ts';
import type { IBakedImage } from './baked-image.ts';
import { bundlesDirectory } from './bundle.ts';
import { type CheckedCatalogue, withPipelines } from './catalogue/checked-catalogue.ts';
import { CatalogueParameters } from './catalogue-parameters.ts';
import { type Deployed, pascalCase } from './functions.ts';
import { HubFunctions } from './hub-functions.ts';
import { Ledger } from './ledger.ts';
import { type MachineName, machineName } from './machine-names.ts';
import type { NodeFunction } from './node-function.ts';
import { Queues } from './queues.ts';
import { Schedules } from './schedules.ts';
import { Wakes } from './wakes.ts';
import { Workflow } from './workflow.ts';
import type { Definition } from './workflows/asl.ts';
import { recoverDefinition } from './workflows/recover.ts';
import { releaseDefinition } from './workflows/release.ts';
import { rolloutDefinition } from './workflows/rollout.ts';

export interface KilnProps {
  /** From `loadCatalogue` (a file) or `defineCatalogue` (code, where names may be tokens). */
  readonly catalogue: CheckedCatalogue;
  /** What bakes each image of the catalogue, by image: usually a `BakedImage`. */
  readonly images: Readonly<Record<string, IBakedImage>>;
  /**
   * What becomes of the ledger and the logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy | undefined;
  /**
   * How long logs are kept.
   *
   * @default RetentionDays.THREE_MONTHS, as long as Step Functions keeps the history of an execution
   */
  readonly logRetention?: logs.RetentionDays | undefined;
  /**
   * Encrypts the notifications. It must let CloudWatch alarms use it, which the key that AWS manages for SNS does not.
   *
   * @default - not encrypted by a key of KMS; what is told are names of fleets and reasons
   */
  readonly notificationsKey?: kms.IKey | undefined;
  /**
   * Directory that holds the bundle of each function.
   *
   * @default dist/functions, where `npx tsx lib/bundle.ts` puts them
   */
  readonly bundles?: string | undefined;
}

const definitions: Readonly<
  Record<MachineName, (links: ReturnType<typeof needsLinks>) => Definition>
> = {
  release: ({ ofWaves }) => releaseDefinition({ approvalLinks: ofWaves }),
  rollout: ({ ofFleets }) => rolloutDefinition({ approvalLinks: ofFleets }),
  recover: recoverDefinition,
};

/** The hub: everything that receives causes, runs releases and supervises them, in one account and Region. */
export class Kiln extends Construct {
  readonly ledger: Ledger;
  /** Where people are told how releases end, and that one is needed. */
  readonly notifications: sns.ITopic;
  readonly release: Workflow;
  readonly rollout: Workflow;
  readonly recover: Workflow;
  /** Those that the catalogue needs. */
  readonly functions: Deployed<NodeFunction>;
  private readonly hub: string;

  constructor(scope: Construct, id: string, props: KilnProps) {
    super(scope, id);
    const { catalogue } = props;
    this.hub = catalogue.hub;
    const kept = {
      logRetention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      logRemovalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    };
    const deployed = withPipelines(catalogue, pipelineArns(props.images));

    this.ledger = new Ledger(this, 'Ledger', { removalPolicy: props.removalPolicy });
    this.notifications = new sns.Topic(this, 'Notifications', {
      displayName: `Kiln ${this.hub}`,
      enforceSSL: true,
      ...(props.notificationsKey === undefined ? {} : { masterKey: props.notificationsKey }),
    });
    // A policy of one's own, as `enforceSSL` makes it, puts away the one by which alarms of the account come in.
    this.notifications.grantPublish(
      new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const parameters = new CatalogueParameters(this, 'Catalogue', deployed);

    const queues = new Queues(this, 'Queues');
    const links = needsLinks(catalogue);
    const topic = {
      arn: this.notifications.topicArn,
      keyArn: props.notificationsKey?.keyArn,
    };
    const functions = new HubFunctions(this, 'Functions', {
      catalogue: deployed,
      instanceRoles: catalogue.instanceRoles,
      ledger: this.ledger,
      queues,
      linksTo: links.ofFleets || links.ofWaves ? topic : undefined,
      bundles: props.bundles ?? bundlesDirectory,
      ...kept,
    });
    this.functions = functions.byName;
    // The function that a new catalogue renews must find the new one.
    this.functions.wake.function.node.addDependency(parameters);

    const parts = {
      functionArns: functions.substitutions(),
      topic,
    };
    const workflow = (machine: MachineName) =>
      new Workflow(this, pascalCase(machine), {
        name: machineName(this.hub, machine),
        definition: definitions[machine](links),
        parts,
        reach: functions.reach,
        ...kept,
      });
    this.release = workflow('release');
    this.rollout = workflow('rollout');
    this.recover = workflow('recover');

    const listeners = {
      wake: this.functions.wake.function,
      receiveCause: this.functions['receive-cause'].function,
      findOrphans: this.functions['find-orphans'].function,
      deadLetterQueue: queues.deadLetters,
    };
    new Wakes(this, 'Wakes', { catalogue: deployed, reach: functions.reach, ...listeners });
    const polled = functions.reach.baseParameters.length > 0;
    new Schedules(this, 'Schedules', {
      ...listeners,
      checkBaseImagesEvery: polled
        ? Duration.seconds(catalogue.checkBaseImagesEverySeconds)
        : undefined,
      sweepEvery: Duration.seconds(catalogue.sweepEverySeconds),
    });
    new Alarms(this, 'Alarms', {
      hub: this.hub,
      functions: this.functions,
      recover: this.recover,
      queues,
      topic: this.notifications,
    });
  }

  /** Lets somebody start releases, and nothing else. */
  grantStartRelease(grantee: iam.IGrantable): iam.Grant {
    return this.release.grantStart(grantee);
  }

  /** Lets somebody start rollouts by hand: back to the previous image, clear a block, pin a group. */
  grantStartRollout(grantee: iam.IGrantable): iam.Grant {
    return this.rollout.grantStart(grantee);
  }

  /** Releases that ended promoted. */
  metricPromoted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricReleases('promoted', options);
  }

  /** Releases that ended rolled back, every fleet on the image that it came from. */
  metricRolledBack(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricReleases('rolled-back', options);
  }

  /** Releases that ended with a fleet that needs a person. */
  metricNeedsAPerson(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricReleases('needs-a-person', options);
  }

  private metricReleases(
    outcome: MeasuredOutcome,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: metricNamespace,
      metricName: ReleaseMetric[outcome],
      dimensionsMap: { [hubDimension]: this.hub },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }
}

const pipelineArns = (images: KilnProps['images']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(images).map(([name, { pipelineArn }]) => [name, pipelineArn]));
