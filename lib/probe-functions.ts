import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Catalogue } from '../lambdas/core/policy.ts';
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

/** All attempts at a target have 20 s, with pauses 25; within a VPC a start takes longer. */
const PROBE_SECONDS = 30;
const LOCATE_SECONDS = 15;

/**
 * What makes the requests of `probe` gates: one function for each place that these stand in, and one that finds the
 * addresses of instances. None of a catalogue without probes.
 */
export class ProbeFunctions extends Construct {
  /** By where they stand. */
  readonly probers: Readonly<Record<string, Called>>;
  readonly locator: Called | undefined;

  constructor(scope: Construct, id: string, props: ProbeFunctionsProps) {
    super(scope, id);
    const probes = Object.values(props.catalogue.fleets).flatMap(({ gates }) =>
      gates.flatMap((gate) => (gate.kind === 'probe' ? [gate] : [])),
    );
    const places = new Map(probes.map(({ vpc }) => [placeKey(vpc), vpc]));
    this.probers = Object.fromEntries(
      [...places].map(([key, vpc]) => [key, this.prober(props, vpc)]),
    );
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

const isPerInstance = ({ target }: ProbeGate): boolean => !('url' in target);

const called = ({ function: { functionArn, functionName } }: NodeFunction): Called => ({
  arn: functionArn,
  name: functionName,
});
