import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invent, placeOf } from '../../bin/cli/invention.ts';
import { synthesize } from '../../bin/cli/synthesize.ts';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { defineCatalogue } from '../../lib/catalogue/load.ts';
import type { CatalogueDefinition, FleetDefinition } from '../../lib/catalogue/schema.ts';
import { machineName } from '../../lib/machine-names.ts';
import { type Simulation, type SimulationOptions, simulate } from '../../simulator/index.ts';
import { readAssembly, type StackInput } from '../../simulator/template/assembly.ts';

/** What is measured: the catalogue that the limits speak of, deployed into worlds of its own. */

export const IMAGE = 'web';
export const FLEET = 'web-prod';
export const GROUP = 'web-prod';
export const ALARM = 'web-prod-5xx';
const MINUTE_MS = 60_000;
/** Until invented instances serve and their alarms have seen them. */
const SETTLING_MINUTES = 10;
/** Longer than any release here takes that waits for nobody. */
const RELEASE_HOURS_MAX = 24;

/** One image and one fleet: checkpoints 10, 50 and 100 with ten minutes of hold, ten of soak, a look each five minutes. */
export function oneFleet(
  fleet: Partial<FleetDefinition> = {},
  wave: Partial<CatalogueDefinition['waves'][number]> = {},
): CheckedCatalogue {
  const definition: CatalogueDefinition = {
    look: { refresh: '5m', bake: '15m' },
    images: {
      [IMAGE]: {
        base: { ssm: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64' },
        components: ['arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x'],
        instanceTypes: ['m7g.medium'],
      },
    },
    fleets: {
      [FLEET]: {
        image: IMAGE,
        autoScalingGroup: GROUP,
        launchTemplate: 'lt-0123456789abcdef0',
        instanceRole: 'web-instance',
        checkpoints: [{ percent: 10, hold: '10m' }, { percent: 50, hold: '10m' }, { percent: 100 }],
        gates: [
          { alarms: [ALARM] },
          { targetHealth: { min: 100 } },
          { instanceHealth: { min: 100 } },
        ],
        soak: '10m',
        warmup: '2m',
        ...fleet,
      },
    },
    waves: [{ name: 'production', fleets: [FLEET], ...wave }],
  };
  return defineCatalogue(definition, { readFile: () => undefined });
}

export interface Subject {
  readonly catalogue: CheckedCatalogue;
  /** Synthesized and parsed; deploying it is what remains to be done per world. */
  readonly stacks: readonly StackInput[];
}

const directories: string[] = [];
const removeAll = (): void => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
};

/** Synthesized as `npm start` does it, then copied: a bench must not lose its bundles to another run's tidying up. */
export async function subjectOf(catalogue: CheckedCatalogue): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'kiln-bench-'));
  directories.push(directory);
  if (directories.length === 1) process.once('exit', removeAll);
  cpSync(await synthesize(catalogue), directory, { recursive: true });
  return { catalogue, stacks: readAssembly(directory) };
}

/** A fresh world with the subject deployed in it; no time has passed yet. */
export function deployed(
  { catalogue, stacks }: Subject,
  options: Pick<
    SimulationOptions,
    'seed' | 'trace' | 'reuseInstances' | 'sharePureCode' | 'throughWire'
  >,
): Simulation {
  const simulation = simulate({ place: placeOf(catalogue), ...options });
  invent(simulation.account, catalogue, {});
  simulation.account.deployments.deploy(stacks);
  return simulation;
}

/** Instances come up and alarms have seen them. */
export async function settle({ world }: Simulation): Promise<void> {
  await world.advance(SETTLING_MINUTES * MINUTE_MS);
}

/**
 * A release by hand from start to end, in virtual time. Answers the output of its execution.
 * @throws Error when it has not succeeded although it should
 */
export async function release(
  { account, world, run }: Simulation,
  { catalogue }: Subject,
  expected: 'SUCCEEDED' | 'FAILED',
  name = 'bench',
  hoursMax = RELEASE_HOURS_MAX,
): Promise<void> {
  const { partition, region, accountId } = account.place;
  const machine = machineName(catalogue.hub, 'release');
  const stateMachineArn = `arn:${partition}:states:${region}:${accountId}:stateMachine:${machine}`;
  const asPerson = (operation: string, input: object): Promise<unknown> =>
    account.calls.callAws({
      caller: { kind: 'person', name: 'operator' },
      client: 'client-sfn',
      operation,
      input,
    });
  const input = JSON.stringify({ image: IMAGE });
  const starting = asPerson('StartExecution', { stateMachineArn, name, input });
  await run({ untilMs: world.nowMs() + hoursMax * 60 * MINUTE_MS });
  await starting;
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const ending = asPerson('DescribeExecution', { executionArn });
  await world.advance(MINUTE_MS);
  const { status, cause } = (await ending) as { status: string; cause?: string };
  if (status !== expected) {
    throw new Error(`expected the release to be ${expected}, it is ${status}: ${cause ?? ''}`);
  }
}
