import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Catalogue, WavePolicy } from '../lambdas/core/policy.ts';
import { type ProbeGate, type ProbeVpc, placeKey } from '../lambdas/core/probe/policy.ts';
import { contentVersion } from './content-version.ts';
import { NodeFunction } from './node-function.ts';
import { anywhere } from './rights.ts';

/** The bundles of what is deployed for probes alone. */
export const probeFunctionNames = ['probe-targets', 'locate-instances'] as const;

export interface ProbeFunctionsProps {
  readonly catalogue: Catalogue;
  readonly bundles: string;
  readonly logRetention: logs.RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/** A function by which those who call it know it. */
export interface Called {
  readonly arn: string;
  readonly name: string;
}

export interface Probers {
  readonly ofFleets: Readonly<Record<string, Called>>;
  readonly ofWaves: Readonly<Record<string, Called>>;
}

/** All attempts at a target have 20 s, with pauses 25; within a VPC a start takes longer. */
const PROBE_SECONDS = 30;
const LOCATE_SECONDS = 15;

/**
 * What makes the requests of `probe` gates: one function for each place that these stand in, and one that finds the
 * addresses of instances. None of a catalogue without probes.
 */
export class ProbeFunctions extends Construct {
  /** By where they stand: what the gates of fleets ask, and what the soak of a wave does, which asks these too. */
  readonly probers: Probers;
  readonly locator: Called | undefined;

  constructor(scope: Construct, id: string, props: ProbeFunctionsProps) {
    super(scope, id);
    const ofFleets = probesIn(Object.values(props.catalogue.fleets));
    const probes = [...ofFleets, ...probesIn(props.catalogue.waves)];
    const places = new Map(probes.map(({ vpc }) => [placeKey(vpc), vpc]));
    const made = [...places].map(([key, vpc]) => [key, this.prober(props, vpc)] as const);
    const inFleets = new Set(ofFleets.map(({ vpc }) => placeKey(vpc)));
    this.probers = {
      ofFleets: Object.fromEntries(made.filter(([key]) => inFleets.has(key))),
      ofWaves: Object.fromEntries(made),
    };
    this.locator = probes.some(isPerInstance) ? this.find(props) : undefined;
  }

  private prober(props: ProbeFunctionsProps, vpc: ProbeVpc | undefined): Called {
    const where =
      vpc === undefined
        ? ''
        : `In${contentVersion(Stack.of(this).resolve(vpc)).replaceAll('.', '')}`;
    const prober = this.make(props, `ProbeTargets${where}`, {
      name: 'probe-targets',
      purpose: 'Makes the requests of probe gates',
      seconds: PROBE_SECONDS,
      vpc,
    });
    prober.function.addEnvironment('PROBE_REACH', vpc === undefined ? 'internet' : 'vpc');
    return called(prober);
  }

  private find(props: ProbeFunctionsProps): Called {
    const locator = this.make(props, 'LocateInstances', {
      name: 'locate-instances',
      purpose: 'Finds the addresses of instances that are probed',
      seconds: LOCATE_SECONDS,
    });
    locator.allow([anywhere('ec2:DescribeInstances')]);
    return called(locator);
  }

  private make(
    { catalogue, bundles, logRetention, logRemovalPolicy }: ProbeFunctionsProps,
    id: string,
    spec: {
      readonly name: (typeof probeFunctionNames)[number];
      readonly purpose: string;
      readonly seconds: number;
      readonly vpc?: ProbeVpc | undefined;
    },
  ): NodeFunction {
    return new NodeFunction(this, id, {
      ...{ name: spec.name, bundles, logRetention, logRemovalPolicy, vpc: spec.vpc },
      description: `Kiln ${catalogue.hub}: ${spec.purpose}`,
      timeout: Duration.seconds(spec.seconds),
    });
  }
}

const probesIn = (some: readonly Pick<WavePolicy, 'gates'>[]): readonly ProbeGate[] =>
  some.flatMap(({ gates = [] }) => gates.filter((gate) => gate.kind === 'probe'));

const isPerInstance = ({ target }: ProbeGate): boolean => !('url' in target);

const called = ({ function: { functionArn, functionName } }: NodeFunction): Called => ({
  arn: functionArn,
  name: functionName,
});
