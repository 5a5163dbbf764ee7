import type { Json } from '../contract.ts';
import type { StackInput } from './assembly.ts';
import { resolve } from './intrinsics.ts';
import { inDependencyOrder } from './ordering.ts';
import type { Made, ResourceKinds } from './resource-kind.ts';
import {
  DeployError,
  type DeployedResource,
  type DeployedStack,
  StackChange,
} from './stack-change.ts';
import { StackScope, type Surroundings, stackId } from './stack-scope.ts';

/** What was done to whom, in order: `created Hub/Ledger`. */
export interface DeployReport {
  readonly changes: readonly string[];
}

export interface DeployOptions {
  /** Values of template parameters by stack name. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/**
 * CloudFormation of one account: stacks of simulated resources, created in order of dependency, changed in place or by
 * replacement, removed when a template drops them; undone when something fails.
 */
export class Deployments {
  private readonly kinds: ResourceKinds;
  private readonly surroundings: Omit<Surroundings, 'exported'>;
  private readonly stacks = new Map<string, DeployedStack>();
  private readonly exports = new Map<string, { stack: string; value: Json }>();

  constructor(parts: { kinds: ResourceKinds; surroundings: Omit<Surroundings, 'exported'> }) {
    this.kinds = parts.kinds;
    this.surroundings = parts.surroundings;
  }

  /**
   * Deploys stacks, those first on which others depend. Nothing is touched when any of them has something unsupported.
   * @throws DeployError
   */
  deploy(inputs: readonly StackInput[], options: DeployOptions = {}): DeployReport {
    const unsupported = inputs.flatMap((input) => this.unsupported(input));
    if (unsupported.length > 0) {
      throw new DeployError(unsupported.join('\n'));
    }
    const byName = new Map(inputs.map((input) => [input.name, input]));
    const order = inDependencyOrder(
      [...byName.keys()],
      (name) => byName.get(name)?.dependsOn ?? [],
    );
    const changes: string[] = [];
    for (const input of order.flatMap((name) => byName.get(name) ?? [])) {
      this.deployStack(input, options.parameters?.[input.name] ?? {}, changes);
    }
    return { changes };
  }

  /** A resource by stack and logical id. */
  resource(stack: string, logicalId: string): DeployedResource | undefined {
    return this.stacks.get(stack)?.resources.get(logicalId);
  }

  /** Every deployed resource, by stack and in order of creation. */
  *resources(): Generator<DeployedResource> {
    for (const { resources } of this.stacks.values()) {
      yield* resources.values();
    }
  }

  outputs(stack: string): Readonly<Record<string, Json>> {
    return this.stacks.get(stack)?.outputs ?? {};
  }

  private unsupported(input: StackInput): readonly string[] {
    return Object.entries(input.template.Resources).flatMap(
      ([logicalId, { Type, Properties = {} }]) => {
        const kind = this.kinds[Type];
        if (kind === undefined) {
          return [`unsupported resource type ${Type} at ${input.name}/${logicalId}`];
        }
        const known = [...kind.understood, ...(kind.ignored ?? [])];
        const unknown = known.includes('*')
          ? []
          : Object.keys(Properties).filter((name) => !known.includes(name));
        return unknown.map(
          (name) => `unsupported property ${name} of ${Type} at ${input.name}/${logicalId}`,
        );
      },
    );
  }

  private deployStack(
    input: StackInput,
    overrides: Readonly<Record<string, Json>>,
    changes: string[],
  ): void {
    const stack: DeployedStack = this.stacks.get(input.name) ?? {
      resources: new Map(),
      generations: new Map(),
      outputs: {},
    };
    this.stacks.set(input.name, stack);
    const made = new Map<string, Made>();
    const exported = (name: string) => this.exports.get(name)?.value;
    const scope = new StackScope({
      input,
      surroundings: { ...this.surroundings, exported },
      made,
      overrides,
    });
    const change = new StackChange({
      input,
      stack,
      scope,
      kinds: this.kinds,
      made,
      changes,
      tags: this.stackTags(input),
    });
    change.apply();
    this.publishOutputs(input, stack, scope);
  }

  private publishOutputs(input: StackInput, stack: DeployedStack, scope: StackScope): void {
    const outputs: Record<string, Json> = {};
    for (const [name, output] of Object.entries(input.template.Outputs ?? {})) {
      if (output.Condition !== undefined && !scope.condition(output.Condition)) {
        continue;
      }
      const value = resolve(output.Value, scope) ?? null;
      outputs[name] = value;
      if (output.Export !== undefined) {
        this.publish(input.name, String(resolve(output.Export.Name, scope)), value);
      }
    }
    stack.outputs = outputs;
  }

  private publish(stack: string, name: string, value: Json): void {
    const taken = this.exports.get(name);
    if (taken !== undefined && taken.stack !== stack) {
      throw new DeployError(`${stack}: export ${name} is already exported by stack ${taken.stack}`);
    }
    this.exports.set(name, { stack, value });
  }

  private stackTags(input: StackInput): Readonly<Record<string, string>> {
    return {
      ...input.tags,
      'aws:cloudformation:stack-name': input.name,
      'aws:cloudformation:stack-id': stackId(this.surroundings.place, input.name),
    };
  }
}
