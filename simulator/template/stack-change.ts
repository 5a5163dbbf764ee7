import type { Json } from '../contract.ts';
import type { ResourceDeclaration, StackInput } from './assembly.ts';
import { referencesIn, resolve } from './intrinsics.ts';
import { inDependencyOrder } from './ordering.ts';
import {
  type Made,
  type ResourceKind,
  type ResourceKinds,
  type ResourceRequest,
  record,
} from './resource-kind.ts';
import type { StackScope } from './stack-scope.ts';

/** A resource that exists because of a stack. */
export interface DeployedResource {
  readonly type: string;
  readonly kind: ResourceKind;
  readonly declaration: ResourceDeclaration;
  readonly request: ResourceRequest;
  readonly made: Made;
}

export interface DeployedStack {
  readonly resources: Map<string, DeployedResource>;
  /** Names already used up by replacements. */
  readonly generations: Map<string, number>;
  outputs: Readonly<Record<string, Json>>;
}

/** A deployment that went wrong; the message names stack, logical id and type. What it had done was undone. */
export class DeployError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeployError';
  }
}

/** One update of one stack. */
export class StackChange {
  private readonly input: StackInput;
  private readonly stack: DeployedStack;
  private readonly scope: StackScope;
  private readonly kinds: ResourceKinds;
  private readonly made: Map<string, Made>;
  private readonly changes: string[];
  private readonly tags: Readonly<Record<string, string>>;
  private readonly undo: (() => void)[] = [];
  /** What was there before, in order of dependency. */
  private readonly before: readonly (readonly [string, DeployedResource])[];

  constructor(parts: {
    input: StackInput;
    stack: DeployedStack;
    scope: StackScope;
    kinds: ResourceKinds;
    made: Map<string, Made>;
    changes: string[];
    tags: Readonly<Record<string, string>>;
  }) {
    this.input = parts.input;
    this.stack = parts.stack;
    this.scope = parts.scope;
    this.kinds = parts.kinds;
    this.made = parts.made;
    this.changes = parts.changes;
    this.tags = parts.tags;
    this.before = [...parts.stack.resources];
  }

  apply(): void {
    const wanted = this.wantedInOrder();
    let at = '';
    try {
      for (at of wanted) {
        this.make(at);
      }
    } catch (error) {
      for (const step of this.undo.reverse()) {
        step();
      }
      const type = this.input.template.Resources[at]?.Type;
      const reason =
        error instanceof Error
          ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`
          : String(error);
      throw new DeployError(`${this.input.name}/${at} (${type}): ${reason}`, { cause: error });
    }
    this.cleanUp(new Set(wanted));
  }

  private wantedInOrder(): readonly string[] {
    const { Resources } = this.input.template;
    const wanted = Object.entries(Resources)
      .filter(([, { Condition }]) => Condition === undefined || this.scope.condition(Condition))
      .map(([logicalId]) => logicalId);
    return inDependencyOrder(wanted, (logicalId) => {
      const { Properties, DependsOn = [] } = Resources[logicalId] ?? {};
      return [...referencesIn(Properties), ...[DependsOn].flat()];
    });
  }

  private make(logicalId: string): void {
    const declaration = this.input.template.Resources[logicalId];
    const kind = this.kinds[declaration?.Type ?? ''];
    if (declaration === undefined || kind === undefined) {
      throw new Error('no such resource');
    }
    const properties = record(resolve(declaration.Properties ?? {}, this.scope));
    const present = this.stack.resources.get(logicalId);
    const generation = this.stack.generations.get(logicalId) ?? 0;
    const request: ResourceRequest = {
      stack: this.input.name,
      logicalId,
      properties,
      stackTags: this.tags,
      assets: this.input.assets,
      generation,
    };
    const deployed = { type: declaration.Type, kind, declaration, request };
    if (present === undefined) {
      this.keep(logicalId, 'created', { ...deployed, made: this.create(kind, request) });
    } else if (present.type !== declaration.Type) {
      throw new Error(`update of resource type is not permitted (was ${present.type})`);
    } else if (JSON.stringify(present.request.properties) === JSON.stringify(properties)) {
      this.keep(logicalId, undefined, { ...deployed, made: present.made });
    } else {
      this.change(logicalId, present, deployed);
    }
  }

  private change(
    logicalId: string,
    present: DeployedResource,
    wanted: Omit<DeployedResource, 'made'>,
  ): void {
    const { kind, request } = wanted;
    const updated = kind.update?.(request, present.made, present.request.properties);
    if (updated !== undefined) {
      this.undo.push(() => kind.update?.(present.request, present.made, request.properties));
      this.keep(logicalId, 'updated', { ...wanted, made: updated });
      return;
    }
    const generation = request.generation + 1;
    this.stack.generations.set(logicalId, generation);
    const replacement = { ...request, generation };
    this.keep(logicalId, 'replaced', {
      ...wanted,
      request: replacement,
      made: this.create(kind, replacement),
    });
  }

  private create(kind: ResourceKind, request: ResourceRequest): Made {
    const made = kind.create(request);
    this.undo.push(() => kind.remove(request, made));
    return made;
  }

  private keep(logicalId: string, change: string | undefined, deployed: DeployedResource): void {
    const before = this.stack.resources.get(logicalId);
    this.undo.push(() => {
      this.stack.resources.delete(logicalId);
      if (before !== undefined) {
        this.stack.resources.set(logicalId, before);
      }
    });
    this.stack.resources.delete(logicalId);
    this.stack.resources.set(logicalId, deployed);
    this.made.set(logicalId, deployed.made);
    if (change !== undefined) {
      this.changes.push(`${change} ${this.input.name}/${logicalId}`);
    }
  }

  /** Removes what was replaced or dropped, last made first, unless its policy retains it. */
  private cleanUp(wanted: ReadonlySet<string>): void {
    for (const [logicalId, { kind, declaration, request, made }] of [...this.before].reverse()) {
      const present = this.stack.resources.get(logicalId);
      const dropped = !wanted.has(logicalId);
      if (dropped) {
        this.stack.resources.delete(logicalId);
        this.changes.push(`removed ${this.input.name}/${logicalId}`);
      }
      const replaced = present?.request.generation !== request.generation;
      const policy = dropped ? declaration.DeletionPolicy : declaration.UpdateReplacePolicy;
      if ((dropped || replaced) && !isRetained(policy)) {
        kind.remove(request, made);
      }
    }
  }
}

function isRetained(policy: string | undefined): boolean {
  return policy?.startsWith('Retain') === true;
}
