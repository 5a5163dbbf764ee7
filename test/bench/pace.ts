import type { Simulation, TraceLine } from '../../simulator/index.ts';
import { parseTemplate } from '../../simulator/template/assembly.ts';
import { type Measurement, median } from './measurement.ts';
import { deployed, oneFleet, release, type Subject, settle, subjectOf } from './subject.ts';

/**
 * Times of this process's own processor, threads of the collector and compiler included: on one core all of them take
 * turns, and what else the machine does would show in wall time only.
 */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Releases before the clock starts: until then much of the time is V8's, which compiles what it has not seen before. */
const WARMING = 20;
const RELEASES = 20;
const RELEASES_PER_SECOND_MIN = 8;

interface Parts {
  readonly deployMs: number;
  readonly releaseMs: number;
}

/** One world from nothing to a promoted release; all its function instances are made in it. */
async function wholeRelease(subject: Subject, seed: number): Promise<Parts> {
  const begunMs = cpuMs();
  const simulation = deployed(subject, { seed });
  const deployedMs = cpuMs();
  await settle(simulation);
  await release(simulation, subject, 'SUCCEEDED');
  return { deployMs: deployedMs - begunMs, releaseMs: cpuMs() - deployedMs };
}

export async function measureReleases(): Promise<readonly Measurement[]> {
  const subject = await subjectOf(oneFleet());
  for (let seed = 1; seed <= WARMING; seed += 1) await wholeRelease(subject, seed);
  const begunMs = performance.now();
  const parts: Parts[] = [];
  for (let seed = 1; seed <= RELEASES; seed += 1) {
    parts.push(await wholeRelease(subject, WARMING + seed));
  }
  const wallMs = (performance.now() - begunMs) / RELEASES;
  const deployMs = mean(parts.map((part) => part.deployMs));
  const releaseMs = mean(parts.map((part) => part.releaseMs));
  return [
    {
      name: 'simulated releases per second, deploying included',
      value: 1000 / (deployMs + releaseMs),
      unit: '/s',
      limit: { atLeast: RELEASES_PER_SECOND_MIN },
      detail: `${deployMs.toFixed(1)} ms of processor to deploy and ${releaseMs.toFixed(1)} ms to release, mean of ${RELEASES} after ${WARMING}; ${wallMs.toFixed(1)} ms on the wall`,
    },
    {
      name: 'simulated releases per second, deployed before',
      value: 1000 / releaseMs,
      unit: '/s',
    },
  ];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

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
