/**
 * The public face of the simulator: a simulated AWS account on a virtual clock, into which synthesized templates are deployed.
 * Nothing here knows of Kiln.
 */

import { type Account, type AccountOptions, makeAccount } from './account.ts';
import { parseTemplate, readAssembly, type StackInput } from './template/assembly.ts';
import type { DeployOptions, DeployReport } from './template/deployment.ts';
import {
  makeWorld,
  type RunnableWorld,
  type RunOptions,
  type RunReport,
  type WorldOptions,
} from './world.ts';

export { type Account, type AccountOptions, defaultPlace, makeAccount } from './account.ts';
export { defaultBakePlan, healthyImage } from './aws/image-builder.ts';
export type { BakeOutcome, BakePlan, PlannedBake } from './aws/image-builder-records.ts';
export { type InventedFleet, inventFleet, publishImage } from './fleets.ts';
export { defaultReadings } from './readings.ts';
export type { DeployOptions, DeployReport } from './template/deployment.ts';
export { DeployError } from './template/stack-change.ts';
export type { RunnableWorld, RunOptions, RunReport, TraceLine } from './world.ts';

export interface SimulationOptions extends Omit<AccountOptions, 'world'> {
  readonly seed: number;
  /** Epoch milliseconds. @default 2026-11-23T09:00:00Z */
  readonly startMs?: number;
  readonly trace?: WorldOptions['trace'];
}

export interface Simulation {
  readonly world: RunnableWorld;
  readonly account: Account;
  /**
   * Deploys a cloud assembly (the folder that `cdk synth` wrote), or templates by stack name, in order of dependency.
   * @throws DeployError
   */
  deploy(source: DeploySource, options?: DeployOptions): DeployReport;
  run(options?: RunOptions): Promise<RunReport>;
}

export type DeploySource = string | Readonly<Record<string, unknown>>;

const DEFAULT_START_MS = Date.UTC(2026, 10, 23, 9);

/** A world with one empty account in it. The same options, the same history, to the byte. */
export function simulate(options: SimulationOptions): Simulation {
  const { seed, startMs = DEFAULT_START_MS, trace, ...rest } = options;
  const world = makeWorld({ seed, startMs, ...(trace && { trace }) });
  const account = makeAccount({ world, ...rest });
  return {
    world,
    account,
    deploy: (source, deployOptions) => account.deployments.deploy(stacksOf(source), deployOptions),
    run: (runOptions) => world.run(runOptions),
  };
}

function stacksOf(source: DeploySource): readonly StackInput[] {
  if (typeof source === 'string') {
    return readAssembly(source);
  }
  return Object.entries(source).map(([name, template]) => ({
    name,
    template: parseTemplate(name, template),
    dependsOn: [],
    assets: new Map(),
    tags: {},
  }));
}
