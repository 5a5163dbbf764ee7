import type { Account } from '../account.ts';
import { defaultBakePlan } from '../aws/image-builder.ts';
import type { Caller, Json } from '../contract.ts';
import { publishImage } from '../fleets.ts';
import { type GateFunctionDeed, inventGateFunction } from '../gate-functions.ts';
import { fleetOf, isLive, type Witness, type WitnessedExecution } from '../invariants/witness.ts';
import { randomHex } from '../random.ts';
import type { TraceLine } from '../world.ts';
import { gateFunctions, type RehearsedFleet, type Setting } from './catalogue.ts';
import { formTo, linkIn } from './links.ts';
import type { BakeFate, EventTrouble, Running, Shown, Stage } from './scenario.ts';
import { SimulatedConsole } from './simulated-console.ts';
import { Waits } from './stage-waits.ts';

export interface StageOptions {
  readonly account: Account;
  readonly witness: Witness;
  readonly setting: Setting;
  /** ARNs of the state machines that a person starts. */
  readonly machines: Readonly<Record<'release' | 'rollout', string>>;
  /** Makes the base image of an upstream pipeline move; absent where the image has none. */
  readonly finishUpstreamImage?: (() => void) | undefined;
}

/** How long nothing must run before it counts as quiet: longer than a follow-up or a Recover takes to begin. */
const QUIET_MINUTES = 3;

/** A scenario's hands and eyes in a simulated account. */
export class SimulatedStage implements Stage {
  readonly setting: Setting;
  readonly console: SimulatedConsole;
  readonly #account: Account;
  readonly #witness: Witness;
  readonly #machines: StageOptions['machines'];
  readonly #finishUpstreamImage: (() => void) | undefined;
  readonly #waits: Waits;
  readonly #random: () => number;
  /** Executions that have begun and not ended. */
  readonly #open = new Set<string>();
  #releasesBegun = 0;
  /** How many releases must have begun before it may be quiet. */
  #releasesDue = 0;

  constructor(options: StageOptions) {
    this.setting = options.setting;
    this.#account = options.account;
    this.#witness = options.witness;
    this.#machines = options.machines;
    this.#finishUpstreamImage = options.finishUpstreamImage;
    this.#waits = new Waits(options.account.world, () => !this.#isUnderWay());
    this.#random = options.account.world.random('stage');
    this.console = new SimulatedConsole({
      world: options.account.world,
      witness: options.witness,
      say: (message) => this.say(message),
      ask: (operation, input) => this.#asPerson('client-auto-scaling', operation, input),
    });
  }

  /** To be told of each line of the trace. */
  heard(line: TraceLine): void {
    if (line.kind === 'execution') {
      if (line.phase === 'started') {
        if (line.execution.startsWith(executionsOf(this.#machines.release))) {
          this.#releasesBegun += 1;
        }
        this.#open.add(line.execution);
      } else {
        this.#open.delete(line.execution);
      }
    }
    this.#waits.heard(line);
    this.console.heard(line);
  }

  nowMs(): number {
    return this.#account.world.nowMs();
  }

  say(message: string): void {
    this.#account.world.trace({ kind: 'world', message });
  }

  bakesWill(fate: BakeFate): void {
    this.#account.imageBuilder.setBakePlan((bake) => {
      const usual = defaultBakePlan(bake);
      const findings = { ...usual.findings, ...fate.findings };
      const failure = fate.failure && { status: 'FAILED' as const, ...fate.failure };
      return { ...usual, ...fate, findings, failure };
    });
  }

  /**
   * Best-effort events are lost or doubled by chance. Those of an upstream image are spared: they are the cause itself,
   * and a cause that is lost on its way to Kiln is not Kiln's.
   */
  troubleEvents({ lost, doubled }: EventTrouble): void {
    const random = this.#account.world.random('trouble with events');
    const { base } = this.setting.image;
    const upstream = base.kind === 'image-builder' ? base.imageArn : undefined;
    this.#account.eventBridge.setDisturbance(({ resources }) => {
      if (upstream !== undefined && resources.some((arn) => arn.startsWith(upstream))) {
        return 'deliver';
      }
      const draw = random();
      if (draw < lost) return 'lose';
      return draw < lost + doubled ? 'double' : 'deliver';
    });
  }

  gateFunctionsWill(deed: GateFunctionDeed): void {
    for (const name of [...this.setting.fleets, ...this.setting.waves].flatMap((one) =>
      gateFunctions(one, true),
    )) {
      this.say(`gate function ${name} ${deed} from now on`);
      inventGateFunction(this.#account, name, deed);
    }
  }

  namesAreLost(): void {
    this.say('no name can be resolved any more');
    this.#account.web.loseNames(true);
  }

  customersStayAway({ name, autoScalingGroupName }: RehearsedFleet): void {
    this.say(`no customer comes to ${name} any more`);
    this.#account.autoScaling.publish(autoScalingGroupName, []);
  }

  async moveBase(): Promise<void> {
    const { base, name } = this.setting.image;
    switch (base.kind) {
      case 'ssm':
        this.#releasesDue = this.#releasesBegun + 1;
        return this.#moveParameter(base.parameter);
      case 'image-builder':
        this.#releasesDue = this.#releasesBegun + 1;
        this.say(`the pipeline of ${base.imageArn} has finished an image`);
        this.#finishUpstreamImage?.();
        return;
      case 'ami':
        // A fixed image never moves: somebody has to ask.
        await this.startRelease({ image: name });
        return;
      default:
        return base satisfies never;
    }
  }

  async #moveParameter(parameter: string): Promise<void> {
    const { ssm, ec2 } = this.#account;
    const before = ssm.valueOf(parameter) ?? 'nothing';
    if (parameter.startsWith('/aws/')) {
      const now = publishImage(this.#account, { parameter });
      this.say(`AWS publishes ${parameter}: ${now} instead of ${before}`);
      return;
    }
    const Value = ec2.registerImage({ name: `value of ${parameter}` });
    this.say(`${parameter} moves from ${before} to ${Value}`);
    const input = { Name: parameter, Value, Type: 'String', Overwrite: true };
    await this.#asPerson('client-ssm', 'PutParameter', input);
  }

  async tellTheCauseAgain(): Promise<void> {
    const { image } = this.setting;
    const last = this.#witness
      .ledger()
      .releases.filter((one) => one.image === image.name)
      .at(-1);
    if (last === undefined) throw new Error('no release has begun whose cause could be told again');
    await this.startRelease({ image: image.name, cause: last.cause });
  }

  startRelease(input: Readonly<Record<string, unknown>>): Promise<Running> {
    this.#releasesDue = this.#releasesBegun + 1;
    return this.#start(this.#machines.release, input);
  }

  startRollout(input: Readonly<Record<string, unknown>>): Promise<Running> {
    return this.#start(this.#machines.rollout, input);
  }

  async #start(machineArn: string, input: Readonly<Record<string, unknown>>): Promise<Running> {
    // The console proposes a UUID; a shorter name reads better in a transcript.
    const name = `by-hand-${randomHex(this.#random, 8)}`;
    const text = JSON.stringify(input);
    this.say(`operator starts ${machineArn.split(':').at(-1)} as ${name}: ${text}`);
    const answer = await this.#asPerson('client-sfn', 'StartExecution', {
      stateMachineArn: machineArn,
      name,
      input: text,
    });
    return { arn: String((answer as { readonly executionArn?: unknown }).executionArn), name };
  }

  async stop(execution: Running, cause: string): Promise<void> {
    this.say(`operator presses Stop on ${execution.name}`);
    await this.#asPerson('client-sfn', 'StopExecution', { executionArn: execution.arn, cause });
  }

  imagesOf({ autoScalingGroupName }: RehearsedFleet): readonly string[] {
    const { instances = [] } = this.#witness.group(autoScalingGroupName) ?? {};
    return [...new Set(instances.filter(isLive).map(({ imageId }) => imageId))];
  }

  async deregisterImageOf(fleet: RehearsedFleet): Promise<void> {
    const { ec2 } = this.#account;
    for (const ImageId of this.imagesOf(fleet)) {
      // Several fleets may run the same image.
      if (ec2.images.launchRefusal(ImageId) !== undefined) continue;
      this.say(`operator deregisters image ${ImageId}`);
      await this.#asPerson('client-ec2', 'DeregisterImage', { ImageId });
    }
  }

  #asPerson(client: string, operation: string, input: Json | object): Promise<unknown> {
    const caller: Caller = { kind: 'person', name: 'operator' };
    return this.#account.calls.callAws({ caller, client, operation, input });
  }

  linkInNotification(of: { readonly fleet?: string } = {}): Promise<string> {
    return this.#waits.line('people are sent a link', (line) => linkIn(line, of.fleet));
  }

  async browse(who: string, link: string, form?: Readonly<Record<string, string>>): Promise<Shown> {
    const shown = await this.#account.functionUrls.request(
      form === undefined ? { method: 'GET', url: link } : formTo(link, form),
    );
    const did = form === undefined ? 'opens the link' : `sends the form ${JSON.stringify(form)}`;
    this.say(`${who} ${did}: ${shown.status}`);
    return shown;
  }

  minutes(count: number): Promise<void> {
    return this.#waits.minutes(count);
  }

  entered(state: string, of: { readonly fleet?: string } = {}): Promise<Running> {
    return this.#waits.line(`${state}`, (line) => {
      if (line.kind !== 'state' || line.phase !== 'entered' || line.state !== state) return;
      const execution = this.#witness.execution(line.execution);
      if (execution === undefined || !isAbout(execution, of.fleet)) return;
      return { arn: execution.arn, name: execution.name };
    });
  }

  firstNewInstance(fleet: RehearsedFleet): Promise<void> {
    return this.#waits.condition(`${fleet.name} has a new instance`, () => {
      const { rollouts } = this.#witness.ledger();
      const imageId = rollouts.find((one) => one.fleet === fleet.name)?.to?.imageId;
      const { instances = [] } = this.#witness.group(fleet.autoScalingGroupName) ?? {};
      return instances.some((one) => one.imageId === imageId && one.state === 'InService');
    });
  }

  fullyReplaced(fleet: RehearsedFleet): Promise<void> {
    return this.#waits.condition(`${fleet.name} is fully replaced`, () => {
      const { rollouts } = this.#witness.ledger();
      const imageId = rollouts.find((one) => one.fleet === fleet.name)?.to?.imageId;
      const group = this.#witness.group(fleet.autoScalingGroupName);
      const live = group?.instances.filter(isLive) ?? [];
      return (
        group?.refreshes[0]?.status === 'Successful' && live.every((one) => one.imageId === imageId)
      );
    });
  }

  async ended(execution: Running): Promise<void> {
    await this.#waits.condition(
      `${execution.name} has ended`,
      () => this.#witness.execution(execution.arn)?.status !== 'RUNNING',
    );
  }

  async allQuiet(): Promise<void> {
    let quietSinceMs: number | undefined;
    await this.#waits.condition('all is quiet', () => {
      quietSinceMs = this.#isUnderWay() ? undefined : (quietSinceMs ?? this.nowMs());
      return quietSinceMs !== undefined && this.nowMs() - quietSinceMs >= QUIET_MINUTES * 60_000;
    });
  }

  /** A workflow runs, a lock is held, or what was asked for has not begun. */
  #isUnderWay(): boolean {
    const owned = this.#witness.ledger().locks.some((lock) => lock.executionArn !== undefined);
    return this.#releasesBegun < this.#releasesDue || this.#open.size > 0 || owned;
  }
}

const executionsOf = (machineArn: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:`;

function isAbout(execution: WitnessedExecution, fleet: string | undefined): boolean {
  return fleet === undefined || fleetOf(execution) === fleet;
}
