/** The part of Amazon States Language (JSONata) that Kiln's machines are written in. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Assign?: Fields;
  readonly Output?: Json;
  readonly Next: string;
}

interface Common {
  readonly Comment?: string;
  readonly Assign?: Fields;
  readonly Output?: Json;
}

type Onward = { readonly Next: string } | { readonly End: true };

export type Task = Common &
  Onward & {
    readonly Type: 'Task';
    readonly Resource: string;
    readonly Arguments: Fields;
    readonly TimeoutSeconds: number | string;
    readonly Retry: readonly Retrier[];
    readonly Catch: readonly Catcher[];
  };

export interface ChoiceRule {
  readonly Comment?: string;
  readonly Condition: string;
  readonly Next: string;
  readonly Assign?: Fields;
}

export type Choice = Common & {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default: string;
};

export type MapState = Common &
  Onward & {
    readonly Type: 'Map';
    readonly Items: string;
    readonly MaxConcurrency: number | string;
    readonly ItemProcessor: {
      readonly ProcessorConfig: { readonly Mode: 'INLINE' };
      readonly StartAt: string;
      readonly States: States;
    };
    readonly Retry?: readonly Retrier[];
    readonly Catch: readonly Catcher[];
  };

export type Wait = Common & { readonly Type: 'Wait'; readonly Seconds: number } & Onward;
export type Pass = Common & Onward & { readonly Type: 'Pass' };
export type Succeed = Common & { readonly Type: 'Succeed' };
export type Fail = {
  readonly Type: 'Fail';
  readonly Comment?: string;
  readonly Error: string;
  readonly Cause: string;
};

export type State = Task | Choice | MapState | Pass | Wait | Succeed | Fail;
export type States = { readonly [name: string]: State };

export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONata';
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: States;
}

/** A JSONata expression as a field's whole text. */
export const expression = (text: string): string => `{% ${text} %}`;
