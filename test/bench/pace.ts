import type { Simulation, TraceLine } from '../../simulator/index.ts';
import { parseTemplate } from '../../simulator/template/assembly.ts';
import { type Measurement, median } from './measurement.ts';
import { deployed, oneFleet, release, type Subject, settle, subjectOf } from './subject.ts';

/**
 * Times of this process's own processor, threads of the collector and compiler included: on one core all of them take
 * turns, and what else the machine does would show in wall time only.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Releases before the clock starts: until then much of the time is V8's, which compiles what it has not seen before. */
const WARMING = 60;
const RELEASES = 30;
const FRESH_PER_SECOND_MIN = 8;
const AGAIN_PER_SECOND_MIN = 25;

/** One world from nothing to a promoted release; all its function instances are made in it. */
async function inAFreshWorld(subject: Subject, seed: number, throughWire: boolean): Promise<void> {
  const simulation = deployed(subject, { seed, throughWire });
  await settle(simulation);
  await release(simulation, subject, 'SUCCEEDED');
}

interface Pace {
  readonly cpu: number;
  readonly wall: number;
}

/** Milliseconds of each, after warming up. */
async function paceOf(one: (run: number) => Promise<void>, warming = WARMING): Promise<Pace> {
  for (let run = 1; run <= warming; run += 1) await one(run);
  const [begunCpuMs, begunMs] = [cpuMs(), performance.now()];
  for (let run = 1; run <= RELEASES; run += 1) await one(warming + run);
  return {
    cpu: (cpuMs() - begunCpuMs) / RELEASES,
    wall: (performance.now() - begunMs) / RELEASES,
  };
}

export async function measureReleases(): Promise<readonly Measurement[]> {
  const subject = await subjectOf(oneFleet());
  const standing = deployed(subject, { seed: 1, throughWire: false });
  await settle(standing);
  const again = await paceOf((run) => release(standing, subject, 'SUCCEEDED', `bench-${run}`));
  const fresh = await paceOf((run) => inAFreshWorld(subject, run, false));
  const wire = await paceOf((run) => inAFreshWorld(subject, run, true), WARMING / 2);
  const detail = ({ cpu, wall }: Pace): string =>
    `${cpu.toFixed(1)} ms of processor, ${wall.toFixed(1)} ms on the wall; mean of ${RELEASES}; Node ${process.versions.node}`;
  return [
    {
      name: 'simulated releases per second, function instances used again',
      value: 1000 / again.cpu,
      unit: '/s',
      limit: { atLeast: AGAIN_PER_SECOND_MIN },
      detail: `one after another in one world, calls handed over; ${detail(again)}`,
    },
    {
      name: 'simulated releases per second, fresh function instances',
      value: 1000 / fresh.cpu,
      unit: '/s',
      limit: { atLeast: FRESH_PER_SECOND_MIN },
      detail: `each in a world of its own, which is deployed first; calls handed over; ${detail(fresh)}`,
    },
    {
      name: 'the same, calls over the wire',
      value: 1000 / wire.cpu,
      unit: '/s',
      detail: detail(wire),
    },
  ];
}

const CALLS = 100;

/** A function that reads the catalogue and the locks and finds nothing to do: the sweep. */
export async function measureFunctionCalls(): Promise<readonly Measurement[]> {
  const subject = await subjectOf(oneFleet());
  const warm = await timedSweeps(deployed(subject, { seed: 1, reuseInstances: true }));
  const fresh = await timedSweeps(deployed(subject, { seed: 1, reuseInstances: false }));
  return [
    { name: 'function call, fresh instance', value: fresh.ms, unit: 'ms', detail: fresh.detail },
    { name: 'function call, warm instance', value: warm.ms, unit: 'ms', detail: warm.detail },
  ];
}

async function timedSweeps(
  simulation: Simulation,
): Promise<{ readonly ms: number; readonly detail: string }> {
  const { account, world } = simulation;
  const functionName = [...account.deployments.resources()]
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ made }) => made.ref)
    .find((name) => /FindOrphans/.test(name));
  if (functionName === undefined)
    throw new Error('expected a function FindOrphans in the template');
  const sweep = async (): Promise<void> => {
    let ended = false;
    const run = account.runtime.run(functionName, { sweep: true }).then(({ answer }) => {
      ended = true;
      if (!answer.ok) throw new Error(`${functionName}: ${answer.errorMessage}`);
    });
    await world.run({ stop: () => ended });
    await run;
  };
  for (let call = 0; call < CALLS; call += 1) await sweep();
  const callsBefore = account.calls.count();
  const times: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const begunMs = cpuMs();
    await sweep();
    times.push(cpuMs() - begunMs);
  }
  const callsEach = (account.calls.count() - callsBefore) / CALLS;
  const detail = `median of ${CALLS} after ${CALLS}, processor time; each makes ${callsEach.toFixed(1)} AWS calls (find-orphans)`;
  return { ms: median(times), detail };
}

const WARMING_RUNS = 3;
const RUNS = 9;
const ROUNDS = 1000;
/** The beginning; then two to a round, count and ask; then the end. */
const TRANSITIONS = 2 * ROUNDS + 2;

const COUNTING = {
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Assign: { count: 0 }, Next: 'Count' },
    Count: { Type: 'Pass', Assign: { count: '{% $count + 1 %}' }, Next: 'Again?' },
    'Again?': {
      Type: 'Choice',
      Choices: [{ Condition: `{% $count < ${ROUNDS} %}`, Next: 'Count' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
} as const;

const COUNTER = parseTemplate('Bench', {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'bench',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: { Service: 'states.amazonaws.com' },
            },
          ],
        },
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: 'bench-count',
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        DefinitionString: JSON.stringify(COUNTING),
      },
    },
  },
});

/** A machine that counts, so that nothing but the interpreter works. */
export async function measureTransitionPace(): Promise<readonly Measurement[]> {
  const subject = await subjectOf(oneFleet());
  let succeeded = 0;
  const trace = (line: TraceLine): void => {
    if (line.kind === 'execution' && line.status === 'SUCCEEDED') succeeded += 1;
  };
  const { account, world } = deployed(subject, { seed: 1, trace });
  account.deployments.deploy([
    { name: 'Bench', template: COUNTER, dependsOn: [], assets: new Map(), tags: {} },
  ]);
  const { partition, region, accountId } = account.place;
  const stateMachineArn = `arn:${partition}:states:${region}:${accountId}:stateMachine:bench-count`;
  const count = async (): Promise<number> => {
    const begunMs = cpuMs();
    const started = account.calls.callAws({
      caller: { kind: 'person', name: 'operator' },
      client: 'client-sfn',
      operation: 'StartExecution',
      input: { stateMachineArn },
    });
    await world.run();
    await started;
    return ((cpuMs() - begunMs) * 1000) / TRANSITIONS;
  };
  for (let run = 0; run < WARMING_RUNS; run += 1) await count();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await count());
  if (succeeded !== WARMING_RUNS + RUNS) throw new Error(`${succeeded} executions succeeded`);
  return [
    {
      name: 'state transition',
      value: median(times),
      unit: 'us',
      detail: `median of ${RUNS} executions of ${TRANSITIONS} transitions, processor time`,
    },
  ];
}
