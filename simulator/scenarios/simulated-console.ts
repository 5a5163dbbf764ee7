import { AwsError, type World } from '../contract.ts';
import { isServing, textMember, type Witness } from '../invariants/witness.ts';
import type { TraceLine } from '../world.ts';
import type { RehearsedFleet } from './catalogue.ts';
import type { Bootstrap, GroupConsole } from './scenario.ts';

interface ConsoleParts {
  readonly world: World;
  readonly witness: Witness;
  readonly say: (message: string) => void;
  readonly ask: (operation: string, input: object) => Promise<unknown>;
}

const HOOK = 'start-up-script';
const LAUNCHING = 'EC2 Instance-launch Lifecycle Action';

/** The console of Auto Scaling in a simulated account, and the start-up scripts of instances that a hook waits for. */
export class SimulatedConsole implements GroupConsole {
  readonly #parts: ConsoleParts;
  /** By the name of the group. */
  readonly #bootstraps = new Map<string, Bootstrap>();

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  /** To be told of each line of the trace. */
  heard(line: TraceLine): void {
    if (line.kind !== 'event' || line.detailType !== LAUNCHING) return;
    const detail = (name: string): string => textMember(line.event, 'detail', name) ?? '';
    const AutoScalingGroupName = detail('AutoScalingGroupName');
    const bootstrap = this.#bootstraps.get(AutoScalingGroupName);
    if (bootstrap === undefined || detail('LifecycleHookName') !== HOOK) return;
    const InstanceId = detail('EC2InstanceId');
    this.#parts.world.after(bootstrap.seconds * 1000, `${InstanceId} has started up`, () => {
      const { instances = [] } = this.#parts.witness.group(AutoScalingGroupName) ?? {};
      const imageId = instances.find((one) => one.instanceId === InstanceId)?.imageId;
      // Terminated meanwhile: nobody is there to answer.
      if (imageId === undefined) return;
      const LifecycleActionResult = bootstrap.answer(imageId);
      this.#answer({
        ...{ AutoScalingGroupName, LifecycleHookName: HOOK, InstanceId, LifecycleActionResult },
      });
    });
  }

  #answer(input: object): void {
    this.#parts.ask('CompleteLifecycleAction', input).catch((error: unknown) => {
      // The instance was taken another way while the answer travelled.
      if (error instanceof AwsError && error.code === 'ValidationError') return;
      this.#parts.world.after(0, 'an answer failed', () => {
        throw error;
      });
    });
  }

  async resize(
    { autoScalingGroupName: AutoScalingGroupName }: RehearsedFleet,
    { desired, min, max }: Parameters<GroupConsole['resize']>[1],
  ): Promise<void> {
    const before = this.#parts.witness.group(AutoScalingGroupName)?.desired;
    this.#parts.say(
      `operator resizes group ${AutoScalingGroupName} from ${before} to ${desired} instances`,
    );
    await this.#parts.ask('UpdateAutoScalingGroup', {
      AutoScalingGroupName,
      DesiredCapacity: desired,
      ...(min === undefined ? {} : { MinSize: min }),
      ...(max === undefined ? {} : { MaxSize: max }),
    });
  }

  async protect(fleet: RehearsedFleet, count: number): Promise<void> {
    const { autoScalingGroupName: AutoScalingGroupName } = fleet;
    const InstanceIds = this.#serving(fleet).slice(0, count);
    this.#parts.say(`operator protects ${InstanceIds.join(', ')} from scale-in`);
    await this.#parts.ask('SetInstanceProtection', {
      ...{ AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: true },
    });
    await this.#parts.ask('UpdateAutoScalingGroup', {
      ...{ AutoScalingGroupName, NewInstancesProtectedFromScaleIn: true },
    });
  }

  async standBy(fleet: RehearsedFleet, count: number): Promise<void> {
    const { autoScalingGroupName: AutoScalingGroupName } = fleet;
    const InstanceIds = this.#serving(fleet).slice(-count);
    this.#parts.say(`operator sets ${InstanceIds.join(', ')} to standby`);
    await this.#parts.ask('EnterStandby', {
      ...{ AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity: false },
    });
  }

  /** Healthy instances in service, by id, so that a seed chooses the same ones. */
  #serving({ autoScalingGroupName }: RehearsedFleet): readonly string[] {
    const { instances = [] } = this.#parts.witness.group(autoScalingGroupName) ?? {};
    return instances
      .filter(isServing)
      .map(({ instanceId }) => instanceId)
      .sort();
  }

  async refresh({ autoScalingGroupName: AutoScalingGroupName }: RehearsedFleet): Promise<void> {
    this.#parts.say(`operator starts an instance refresh of group ${AutoScalingGroupName}`);
    await this.#parts.ask('StartInstanceRefresh', {
      AutoScalingGroupName,
      Preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 110 },
    });
  }

  async addWarmPool(
    { autoScalingGroupName: AutoScalingGroupName }: RehearsedFleet,
    size: number,
  ): Promise<void> {
    const { desired = 0 } = this.#parts.witness.group(AutoScalingGroupName) ?? {};
    this.#parts.say(`operator gives group ${AutoScalingGroupName} a warm pool of ${size}`);
    await this.#parts.ask('PutWarmPool', {
      AutoScalingGroupName,
      MinSize: size,
      MaxGroupPreparedCapacity: desired + size,
      PoolState: 'Stopped',
    });
  }

  async hookLaunches(
    { autoScalingGroupName: AutoScalingGroupName }: RehearsedFleet,
    bootstrap: Bootstrap,
  ): Promise<void> {
    this.#bootstraps.set(AutoScalingGroupName, bootstrap);
    this.#parts.say(
      `operator puts a launch hook on group ${AutoScalingGroupName}: its instances start up for ${bootstrap.seconds} s`,
    );
    await this.#parts.ask('PutLifecycleHook', {
      AutoScalingGroupName,
      LifecycleHookName: HOOK,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
      // Who never answers is given up.
      HeartbeatTimeout: Math.max(30, 2 * bootstrap.seconds),
      DefaultResult: 'ABANDON',
    });
  }
}
