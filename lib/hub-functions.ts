import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Catalogue } from '../lambdas/core/policy.ts';
import { contentVersion } from './content-version.ts';
import {
  type FunctionName,
  type FunctionSpec,
  functionNames,
  functionSpecs,
  type HubReach,
  pascalCase,
} from './functions.ts';
import type { Ledger } from './ledger.ts';
import { NodeFunction } from './node-function.ts';
import type { Queues } from './queues.ts';
import { cataloguePath, reachOf } from './reach.ts';

export interface HubFunctionsProps {
  readonly catalogue: Catalogue;
  /** Role names or ARNs by fleet. */
  readonly instanceRoles: Readonly<Record<string, string>>;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly bundles: string;
  readonly logRetention: logs.RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/** Every function of the hub, with what `functions.ts` says that it may do and is told. */
export class HubFunctions extends Construct {
  readonly byName: Readonly<Record<FunctionName, NodeFunction>>;
  readonly reach: HubReach;

  constructor(scope: Construct, id: string, props: HubFunctionsProps) {
    super(scope, id);
    const made = new Map(functionNames.map((name) => [name, this.make(name, props)]));
    const byName = Object.fromEntries(made) as Record<FunctionName, NodeFunction>;
    this.byName = byName;
    const told = (name: FunctionName) => {
      const { functionArn, functionName } = byName[name].function;
      return { arn: functionArn, name: functionName };
    };
    this.reach = {
      ...reachOf(this, props.catalogue, props.instanceRoles),
      catalogueDigest: contentVersion(Stack.of(this).resolve(props.catalogue)),
      looksQueue: { arn: props.queues.looks.queueArn, url: props.queues.looks.queueUrl },
      supervisors: {
        bake: told('supervise-bake'),
        rollout: told('supervise-rollout'),
        wave: told('supervise-wave'),
      },
    };
    for (const name of functionNames) this.equip(byName[name], functionSpecs[name], props);
    new lambda.EventSourceMapping(byName.wake, 'Looks', {
      target: byName.wake.function,
      eventSourceArn: props.queues.looks.queueArn,
      // One look's failure must not repeat another's.
      batchSize: 1,
    });
  }

  /** ARNs by the names that definitions use: `OpenReleaseFunction`. */
  substitutions(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      functionNames.map((name) => [
        `${pascalCase(name)}Function`,
        this.byName[name].function.functionArn,
      ]),
    );
  }

  private make(name: FunctionName, props: HubFunctionsProps): NodeFunction {
    const spec: FunctionSpec = functionSpecs[name];
    return new NodeFunction(this, pascalCase(name), {
      name,
      bundles: props.bundles,
      description: `Kiln ${props.catalogue.hub}: ${spec.purpose}`,
      timeout: Duration.seconds(spec.timeoutSeconds),
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
      ...(spec.calledBy === 'events' ? { deadLetterQueue: props.queues.deadLetters } : {}),
    });
  }

  private equip(fn: NodeFunction, spec: FunctionSpec, props: HubFunctionsProps): void {
    const { hub } = props.catalogue;
    const environment = {
      LEDGER_TABLE: props.ledger.table.tableName,
      CATALOGUE_PATH: cataloguePath(hub),
      HUB: hub,
      ...spec.environment?.(this.reach),
    };
    for (const [name, value] of Object.entries(environment)) {
      fn.function.addEnvironment(name, value);
    }
    fn.allow([props.ledger.right(spec.ledger), ...spec.rights(this.reach)]);
  }
}
