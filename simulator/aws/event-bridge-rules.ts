import type { Rule, Target } from '@aws-sdk/client-eventbridge';
import {
  AwsError,
  type Cancellable,
  type Iam,
  type Json,
  type Place,
  type World,
} from '../contract.ts';
import { checkInput } from './event-bridge-input.ts';
import { type CompiledPattern, compilePattern } from './event-bridge-pattern.ts';
import { compileSchedule, type ScheduleExpression } from './scheduler-expression.ts';

/** The rules of the default bus. @see Amazon EventBridge User Guide, "Rules" and "Amazon EventBridge quotas". */

export interface RuleDefinition {
  readonly name: string;
  /** An object, or its JSON text. */
  readonly eventPattern?: string | Json | undefined;
  readonly scheduleExpression?: string | undefined;
  /** @default ENABLED */
  readonly state?: Rule['State'];
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly targets?: readonly Target[];
}

export interface StoredRule {
  readonly name: string;
  readonly arn: string;
  readonly patternText: string | undefined;
  readonly pattern: CompiledPattern | undefined;
  readonly scheduleExpression: string | undefined;
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  state: NonNullable<Rule['State']>;
  readonly targets: Map<string, Target>;
  ticker: Cancellable | undefined;
}

const RULES_MAX = 300;
const TARGETS_MAX = 5;
const WILDCARD_RULES_MAX = 30;

export class Rules {
  readonly #world: World;
  readonly #place: Place;
  readonly #supports: (arn: string) => boolean;
  readonly #iam: Pick<Iam, 'sessionFor'> | undefined;
  readonly #due: (rule: StoredRule) => void;
  readonly #rules = new Map<string, StoredRule>();

  constructor(parts: {
    readonly world: World;
    readonly place: Place;
    readonly supports: (arn: string) => boolean;
    readonly iam: Pick<Iam, 'sessionFor'> | undefined;
    /** Called when the schedule of an enabled rule is due. */
    readonly due: (rule: StoredRule) => void;
  }) {
    this.#world = parts.world;
    this.#place = parts.place;
    this.#supports = parts.supports;
    this.#iam = parts.iam;
    this.#due = parts.due;
  }

  all(): readonly StoredRule[] {
    return [...this.#rules.values()];
  }

  arnOf(name: string): string {
    const { partition, region, accountId } = this.#place;
    return `arn:${partition}:events:${region}:${accountId}:rule/${name}`;
  }

  /** @throws ResourceNotFoundException */
  get(name: string | undefined): StoredRule {
    const rule = this.#rules.get(name ?? '');
    if (rule !== undefined) return rule;
    throw new AwsError(
      'ResourceNotFoundException',
      `Rule ${name} does not exist on EventBus default.`,
    );
  }

  /**
   * Makes a rule or replaces one; its targets stay unless others are given.
   * @throws InvalidEventPatternException, LimitExceededException, ValidationException
   */
  put(definition: RuleDefinition): StoredRule {
    const { name, eventPattern, scheduleExpression, targets } = definition;
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
      throw invalid(
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
      );
    }
    if (eventPattern === undefined && scheduleExpression === undefined) {
      throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    const patternText =
      eventPattern === undefined || typeof eventPattern === 'string'
        ? eventPattern
        : JSON.stringify(eventPattern);
    const pattern = patternText === undefined ? undefined : compilePattern(patternText);
    const schedule = scheduleExpression === undefined ? undefined : scheduleOf(scheduleExpression);
    const old = this.#rules.get(name);
    this.#checkLimits(old, pattern);
    const rule: StoredRule = {
      name,
      arn: this.arnOf(name),
      patternText,
      pattern,
      scheduleExpression,
      description: definition.description,
      roleArn: definition.roleArn,
      state: definition.state ?? 'ENABLED',
      targets: targets === undefined ? (old?.targets ?? new Map()) : new Map(),
      ticker: undefined,
    };
    old?.ticker?.cancel();
    this.#rules.set(name, rule);
    if (targets !== undefined) this.putTargets(name, targets);
    rule.ticker = schedule === undefined ? undefined : this.#tick(rule, schedule);
    return rule;
  }

  /** @throws ValidationException while it has targets. */
  delete(name: string): void {
    const rule = this.#rules.get(name);
    if (rule === undefined) return;
    if (rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
    rule.ticker?.cancel();
    this.#rules.delete(name);
  }

  /** @throws LimitExceededException, ValidationException, NotSimulated for a kind of target that is not simulated. */
  putTargets(name: string, targets: readonly Target[]): void {
    const rule = this.get(name);
    const ids = new Set([...rule.targets.keys(), ...targets.map(({ Id }) => Id ?? '')]);
    if (ids.size > TARGETS_MAX) throw tooMany();
    for (const target of targets) {
      checkInput(target);
      if (!this.#supports(target.Arn ?? '')) {
        throw new AwsError('NotSimulated', `a rule's target ${target.Arn} is not simulated`, 501);
      }
      if (target.RoleArn !== undefined) this.#checkRole(target.RoleArn);
    }
    for (const target of targets) rule.targets.set(target.Id ?? '', target);
  }

  /** A role that does not let EventBridge in is refused with the target. */
  #checkRole(roleArn: string): void {
    try {
      this.#iam?.sessionFor(roleArn, 'events.amazonaws.com', 'check');
    } catch {
      throw invalid(
        `Provided role '${roleArn}' cannot be assumed by principal 'events.amazonaws.com'.`,
      );
    }
  }

  #checkLimits(old: StoredRule | undefined, pattern: CompiledPattern | undefined): void {
    const others = this.all().filter((rule) => rule !== old);
    if (others.length >= RULES_MAX) throw tooMany();
    const wildcards = others.filter((rule) => rule.pattern?.hasWildcard).length;
    if (pattern?.hasWildcard && wildcards >= WILDCARD_RULES_MAX) throw tooMany();
  }

  /** Ticks are background events: a schedule keeps no world awake. */
  #tick(rule: StoredRule, schedule: Exclude<ScheduleExpression, { kind: 'at' }>): Cancellable {
    const label = `schedule of rule ${rule.name}`;
    const fire = () => {
      if (rule.state !== 'DISABLED') this.#due(rule);
    };
    if (schedule.kind === 'rate') return this.#world.every(schedule.everyMs, label, fire);
    return this.#world.every(schedule.grainMs, label, () => {
      if (schedule.isDue(this.#world.nowMs())) fire();
    });
  }
}

function scheduleOf(text: string): Exclude<ScheduleExpression, { kind: 'at' }> {
  const schedule = compileSchedule(text);
  if (schedule.kind === 'at') throw invalid('Parameter ScheduleExpression is not valid.');
  return schedule;
}

const invalid = (message: string) => new AwsError('ValidationException', message);
const tooMany = () =>
  new AwsError(
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  );
