/** What an expression, a path or a template can see while a field of a state is evaluated. */

import type { Json } from '../contract.ts';
import type { Chance } from './jsonata.ts';

export type Assigned = Readonly<Record<string, Json>>;

/** The variables of one scope, seen together with those of the scopes around it. */
export class Variables {
  #all: Assigned;
  constructor(outer: Assigned = {}) {
    this.#all = outer;
  }
  get all(): Assigned {
    return this.#all;
  }
  assign(values: Assigned): void {
    this.#all = { ...this.#all, ...values };
  }
  /** A copy that goes its own way from here on, for a branch or an iteration. */
  inner(): Variables {
    return new Variables(this.#all);
  }
}

interface EnvParts {
  readonly input: Json;
  readonly context: Json;
  readonly variables: Assigned;
  readonly chance: Chance;
  readonly result?: Json;
  readonly errorOutput?: Json;
}

export class Env {
  /** `$` in a path, `$states.input` in an expression. */
  readonly input: Json;
  readonly context: Json;
  readonly variables: Assigned;
  readonly chance: Chance;
  readonly #parts: EnvParts;
  #bindings: Readonly<Record<string, unknown>> | undefined;

  constructor(parts: EnvParts) {
    this.#parts = parts;
    this.input = parts.input;
    this.context = parts.context;
    this.variables = parts.variables;
    this.chance = parts.chance;
  }

  with(changes: Partial<EnvParts>): Env {
    return new Env({ ...this.#parts, ...changes });
  }

  /** What JSONata expressions find under `$`. */
  get bindings(): Readonly<Record<string, unknown>> {
    if (this.#bindings === undefined) {
      const { input, context, result, errorOutput, variables } = this.#parts;
      const states: Record<string, Json> = { input, context };
      if (result !== undefined) states['result'] = result;
      if (errorOutput !== undefined) states['errorOutput'] = errorOutput;
      this.#bindings = { ...variables, states };
    }
    return this.#bindings;
  }
}

export type Evaluate<T = Json> = (env: Env) => T;
