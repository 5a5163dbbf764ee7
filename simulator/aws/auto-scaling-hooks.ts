import type { LifecycleHook } from '@aws-sdk/client-auto-scaling';
import type { Cancellable, World } from '../contract.ts';
import { randomUuid } from '../random.ts';
import type { AutoScalingEvents, Whereabouts } from './auto-scaling-events.ts';
import { type Group, isWarm, type Member } from './auto-scaling-group.ts';

/** Default heartbeat of a lifecycle hook, seconds. @see ASG-UG/lifecycle-hooks */
const HEARTBEAT_SECONDS = 3600;

const LAUNCHING = 'autoscaling:EC2_INSTANCE_LAUNCHING';
const TERMINATING = 'autoscaling:EC2_INSTANCE_TERMINATING';

/** One transition of an instance, and how it goes on. */
export interface Transition {
  readonly kind: 'launching' | 'terminating';
  readonly origin: Whereabouts;
  readonly destination: Whereabouts;
  readonly proceed: () => void;
  /** What an abandoned launch leads to; an abandoned termination proceeds. */
  readonly abandon: () => void;
}

/** Lifecycle hooks: instances wait for somebody's word, or for the end of the heartbeat. */
export class Hooks {
  readonly #world: World;
  readonly #events: AutoScalingEvents;
  readonly #ids: () => number;

  constructor(parts: { world: World; events: AutoScalingEvents }) {
    this.#world = parts.world;
    this.#events = parts.events;
    this.#ids = parts.world.random('auto-scaling/hooks');
  }

  /** Waits for the first hook of the transition; goes on at once where there is none. */
  pass(group: Group, member: Member, transition: Transition): void {
    const wanted = transition.kind === 'launching' ? LAUNCHING : TERMINATING;
    const hook = [...group.hooks.values()].find(
      ({ LifecycleTransition }) => LifecycleTransition === wanted,
    );
    if (hook === undefined) {
      transition.proceed();
      return;
    }
    const base = transition.kind === 'launching' ? 'Pending' : 'Terminating';
    const state = isWarm(member) ? (`Warmed:${base}` as const) : base;
    member.state = `${state}:Wait`;
    const token = randomUuid(this.#ids);
    member.hook = {
      name: hook.LifecycleHookName ?? '',
      token,
      timer: this.#timer(member, hook),
      proceed: (result) => {
        member.state = `${state}:Proceed`;
        if (transition.kind === 'launching' && result === 'ABANDON') transition.abandon();
        else transition.proceed();
      },
    };
    const { origin, destination } = transition;
    const { instanceId } = member.instance;
    this.#events.lifecycle(group, hook, { token, instanceId, origin, destination });
  }

  /** Somebody's word, or the default result. Without effect on an instance that does not wait. */
  complete(member: Member, result: 'CONTINUE' | 'ABANDON'): void {
    const { hook } = member;
    if (hook === undefined) return;
    this.drop(member);
    hook.proceed(result);
  }

  /** Waits no longer and goes nowhere: the instance is taken another way. */
  drop(member: Member): void {
    member.hook?.timer.cancel();
    delete member.hook;
  }

  /** Another heartbeat. */
  restart(group: Group, member: Member): void {
    const { hook } = member;
    const definition = group.hooks.get(hook?.name ?? '');
    if (hook === undefined || definition === undefined) return;
    hook.timer.cancel();
    hook.timer = this.#timer(member, definition);
  }

  #timer(member: Member, hook: LifecycleHook): Cancellable {
    const seconds = hook.HeartbeatTimeout ?? HEARTBEAT_SECONDS;
    const label = `${member.instance.instanceId} hook ${hook.LifecycleHookName}`;
    const result = hook.DefaultResult === 'CONTINUE' ? 'CONTINUE' : 'ABANDON';
    return this.#world.after(seconds * 1000, label, () => this.complete(member, result));
  }
}
