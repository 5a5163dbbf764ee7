import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Catalogue } from '../lambdas/core/policy.ts';
import { AnswerLinks } from './answer-links.ts';
import { contentVersion } from './content-version.ts';
import {
  type Deployed,
  deployedFunctions,
  type FunctionName,
  type FunctionSpec,
  functionSpecs,
  type HubReach,
  pascalCase,
} from './functions.ts';
import type { Ledger } from './ledger.ts';
import { NodeFunction } from './node-function.ts';
import { type Called, ProbeFunctions } from './probe-functions.ts';
import type { Queues } from './queues.ts';
import { cataloguePath, reachOf } from './reach.ts';
import type { NotificationsTopic } from './rights.ts';

export interface HubFunctionsProps {
  readonly catalogue: Catalogue;
  /** Role names or ARNs by fleet. */
  readonly instanceRoles: Readonly<Record<string, string>>;
  readonly ledger: Ledger;
  readonly queues: Queues;
  /** Where people are told of questions, with links to answer by; absent: without. */
  readonly linksTo?: NotificationsTopic | undefined;
  readonly bundles: string;
  readonly logRetention: logs.RetentionDays;
  readonly logRemovalPolicy: RemovalPolicy;
}

/** Every function of the hub, with what `functions.ts` says that it may do and is told. */
export class HubFunctions extends Construct {
  readonly byName: Deployed<NodeFunction>;
  readonly reach: HubReach;

  constructor(scope: Construct, id: string, props: HubFunctionsProps) {
    super(scope, id);
    const names = deployedFunctions(props.linksTo !== undefined);
    const made = names.map((name) => [name, this.make(name, props)] as const);
    const byName = Object.fromEntries(made) as Deployed<NodeFunction>;
    this.byName = byName;
    const told = (name: 'supervise-bake' | 'supervise-rollout' | 'supervise-wave') => {
      const { functionArn, functionName } = byName[name].function;
      return { arn: functionArn, name: functionName };
    };
    const { probers, locator } = new ProbeFunctions(this, 'Probes', props);
    this.reach = {
      ...reachOf(this, props.catalogue, props.instanceRoles),
      catalogueDigest: contentVersion(Stack.of(this).resolve(props.catalogue)),
      looksQueue: { arn: props.queues.looks.queueArn, url: props.queues.looks.queueUrl },
      supervisors: {
        bake: told('supervise-bake'),
        rollout: told('supervise-rollout'),
        wave: told('supervise-wave'),
      },
      links: this.links(props),
      ...{ probers, locator },
      proberNames: {
        ofFleets: this.namesOf(probers.ofFleets),
        ofWaves: this.namesOf(probers.ofWaves),
      },
    };
    for (const [name, fn] of made) this.equip(fn, functionSpecs[name], props);
    new lambda.EventSourceMapping(byName.wake, 'Looks', {
      target: byName.wake.function,
      eventSourceArn: props.queues.looks.queueArn,
      // One look's failure must not repeat another's.
      batchSize: 1,
    });
  }

  private namesOf(some: Readonly<Record<string, Called>>): string {
    const names = Object.entries(some).map(([place, { name }]) => [place, name]);
    return Stack.of(this).toJsonString(Object.fromEntries(names));
  }

  private links({ linksTo }: HubFunctionsProps): HubReach['links'] {
    const answers = this.byName['answer-approval'];
    if (linksTo === undefined || answers === undefined) return undefined;
    const { keyArn, url } = new AnswerLinks(this, 'AnswerLinks', answers.function);
    return { keyArn, url, topic: linksTo };
  }

  /** ARNs by the names that definitions use: `OpenReleaseFunction`. */
  substitutions(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.byName).map(([name, fn]) => [
        `${pascalCase(name)}Function`,
        fn.function.functionArn,
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
      concurrency: spec.concurrency,
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
    const free = spec.ledger.filter((act) => spec.partitions?.[act] === undefined);
    const held = spec.ledger.filter((act) => !free.includes(act));
    fn.allow([
      ...(free.length === 0 ? [] : [props.ledger.right(free)]),
      ...held.map((act) => props.ledger.right([act], spec.partitions?.[act])),
      ...spec.rights(this.reach),
    ]);
  }
}
