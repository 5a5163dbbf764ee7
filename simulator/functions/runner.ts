import type { Caller, Cancellable, FunctionAnswer, Iam, Place } from '../contract.ts';
import { between, randomHex, randomUuid } from '../random.ts';
import type { SimulatedWeb } from '../web.ts';
import type { RunnableWorld } from '../world.ts';
import type { WirePort } from './fake-http.ts';
import type { FunctionSpec } from './function-spec.ts';
import type { Carrier } from './hand-over.ts';
import { FunctionInstance } from './instance.ts';

export interface RuntimeOptions {
  readonly world: RunnableWorld;
  readonly place: Place;
  readonly iam: Pick<Iam, 'sessionFor' | 'decide'>;
  readonly port: WirePort;
  readonly carrier?: Carrier | undefined;
  readonly web?: SimulatedWeb | undefined;
  /** Use an idle instance again, as Lambda does, or start each invocation cold. @default true */
  readonly reuseInstances?: boolean;
  /** Evaluate pure chunks once per process, not once per instance: much faster, the same trace. @default true */
  readonly sharePureCode?: boolean;
}

export interface FinishedInvocation {
  readonly requestId: string;
  readonly answer: FunctionAnswer;
}

interface Deployed {
  readonly spec: FunctionSpec;
  readonly random: () => number;
  readonly idle: FunctionInstance[];
  instances: number;
}

/** What befalls functions. Asked once for each invocation, and for each new instance. */
export interface RuntimeTroubles {
  /** Milliseconds of the handler's time after which the process dies (out of memory, a host that is lost). */
  readonly diesAfterMs?: (functionName: string) => number | undefined;
  /** How far an instance's clock is ahead; negative: behind. */
  readonly clockAheadMs?: (functionName: string) => number;
}

/** Milliseconds from invocation to the first line of the handler. Typical for small Node bundles (INFERENCE). */
const COLD_START_MS = [250, 450] as const;
const WARM_START_MS = [1, 4] as const;

/** Runs functions: finds or makes an instance, keeps its timeout, traces. Knows nothing of retries or permissions. */
export class FunctionRuntime {
  readonly #options: RuntimeOptions;
  readonly #functions = new Map<string, Deployed>();
  #invocations = 0;
  #troubles: RuntimeTroubles = {};

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /** Invocations started so far, retries included. */
  get invocations(): number {
    return this.#invocations;
  }

  /** Disturbs what starts from now on. */
  setTroubles(troubles: RuntimeTroubles): void {
    this.#troubles = troubles;
  }

  /** Adds a function, or replaces it; running instances of a replaced one finish and are not used again. */
  add(spec: FunctionSpec): void {
    const random = this.#options.world.random(`starts of ${spec.functionName}`);
    this.#functions.set(spec.functionName, { spec, random, idle: [], instances: 0 });
  }

  find(functionName: string): FunctionSpec | undefined {
    return this.#functions.get(functionName)?.spec;
  }

  /**
   * One run of the handler; settles in virtual time. A thrown error, a timeout or a module that does not load are
   * answers, not rejections. @throws when no such function was added
   */
  run(functionName: string, payload: unknown, requestId?: string): Promise<FinishedInvocation> {
    const deployed = this.#functions.get(functionName);
    if (deployed === undefined) throw new Error(`there is no function ${functionName}`);
    this.#invocations += 1;
    const id = requestId ?? randomUuid(deployed.random);
    const { world } = this.#options;
    const busy = world.busy(`invocation of ${functionName}`);
    return new Promise((resolve) => {
      const finish = (answer: FunctionAnswer): void => {
        busy.cancel();
        resolve({ requestId: id, answer });
      };
      const warm = deployed.idle.pop();
      const [low, high] = warm === undefined ? COLD_START_MS : WARM_START_MS;
      world.after(between(deployed.random, low, high), `start of ${functionName}`, () => {
        world.trace({ kind: 'invocation', phase: 'started', functionName, requestId: id });
        this.#start(deployed, warm, payload, id, finish);
      });
    });
  }

  #start(
    deployed: Deployed,
    warm: FunctionInstance | undefined,
    payload: unknown,
    requestId: string,
    finish: (answer: FunctionAnswer) => void,
  ): void {
    const { world, reuseInstances = true } = this.#options;
    const { spec } = deployed;
    const startedMs = world.nowMs();
    const end = (answer: FunctionAnswer): void => {
      this.#traceEnd(spec.functionName, requestId, world.nowMs() - startedMs, answer);
      finish(answer);
    };
    const instance = warm ?? this.#make(deployed);
    const broken = warm === undefined ? instance.load() : undefined;
    if (broken !== undefined) {
      end(broken);
      return;
    }
    const deadlineMs = startedMs + spec.timeoutSeconds * 1000;
    const timeout = world.at(deadlineMs, `timeout of ${spec.functionName}`, () => {
      instance.kill();
      death?.cancel();
      end(timedOut(requestId, spec.timeoutSeconds));
    });
    const death = this.#death(spec.functionName, requestId, instance, (answer) => {
      timeout.cancel();
      end(answer);
    });
    instance.start(payload, this.#context(spec, requestId, deadlineMs), (answer) => {
      timeout.cancel();
      death?.cancel();
      // After an uncaught exception `reusable` turns false only when this has returned.
      world.atRest(() => {
        if (reuseInstances && instance.reusable) deployed.idle.push(instance);
      });
      end(answer);
    });
  }

  /** @see Lambda developer guide, troubleshooting-invocation ("Runtime exited with error") */
  #death(
    functionName: string,
    requestId: string,
    instance: FunctionInstance,
    end: (answer: FunctionAnswer) => void,
  ): Cancellable | undefined {
    const afterMs = this.#troubles.diesAfterMs?.(functionName);
    if (afterMs === undefined) return undefined;
    return this.#options.world.after(afterMs, `death of ${functionName}`, () => {
      instance.kill();
      const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`;
      end({ ok: false, errorType: 'Runtime.ExitError', errorMessage });
    });
  }

  #make(deployed: Deployed): FunctionInstance {
    const { world, iam, port, carrier, web, sharePureCode = true } = this.#options;
    const { spec, random } = deployed;
    deployed.instances += 1;
    const { accessKeyId, caller } = iam.sessionFor(
      spec.roleArn,
      'lambda.amazonaws.com',
      spec.functionName,
    );
    const stream = this.#logStream(spec, caller, random);
    return new FunctionInstance({
      world,
      spec,
      port,
      carrier,
      web,
      sharesPureCode: sharePureCode,
      clockAheadMs: this.#troubles.clockAheadMs?.(spec.functionName) ?? 0,
      name: `${spec.functionName} #${deployed.instances}`,
      environment: this.#environment(spec, accessKeyId, stream),
    });
  }

  /** The instance's log stream; without permission its lines go nowhere, which the trace says. */
  #logStream(spec: FunctionSpec, caller: Caller, random: () => number): string {
    const { world, place, iam } = this.#options;
    const day = new Date(world.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/');
    const stream = `${day}/[$LATEST]${randomHex(random, 32)}`;
    const group = `arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:${logGroup(spec)}`;
    const resource = `${group}:log-stream:${stream}`;
    const denied = ['logs:CreateLogStream', 'logs:PutLogEvents'].filter(
      (action) => !iam.decide(caller, { action, resource }).allowed,
    );
    if (denied.length > 0) {
      const message = `the logs of ${spec.functionName} are lost: its role may not ${denied.join(', ')}`;
      world.trace({ kind: 'world', message });
    }
    return stream;
  }

  /** @see Lambda developer guide, configuration-envvars-runtime */
  #environment(spec: FunctionSpec, accessKeyId: string, logStream: string): Record<string, string> {
    const { region } = this.#options.place;
    return {
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      ...spec.environment,
      _HANDLER: spec.handler,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: logGroup(spec),
      AWS_LAMBDA_LOG_STREAM_NAME: logStream,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'simulated',
      AWS_SESSION_TOKEN: 'simulated',
      AWS_EC2_METADATA_DISABLED: 'true',
      LAMBDA_TASK_ROOT: '/var/task',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
    };
  }

  #context(spec: FunctionSpec, requestId: string, deadlineMs: number): object {
    const { world } = this.#options;
    return {
      functionName: spec.functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: spec.arn,
      memoryLimitInMB: String(spec.memoryMb),
      awsRequestId: requestId,
      logGroupName: logGroup(spec),
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - world.nowMs()),
    };
  }

  #traceEnd(functionName: string, requestId: string, ms: number, answer: FunctionAnswer): void {
    const error = answer.ok ? {} : { error: `${answer.errorType}: ${answer.errorMessage}` };
    this.#options.world.trace({
      kind: 'invocation',
      phase: 'ended',
      functionName,
      requestId,
      ms,
      ...error,
    });
  }
}

function logGroup(spec: FunctionSpec): string {
  return spec.logGroup ?? `/aws/lambda/${spec.functionName}`;
}

/** As Lambda words it (Lambda developer guide, troubleshooting-invocation, "Task timed out"). */
function timedOut(requestId: string, timeoutSeconds: number): FunctionAnswer {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return { ok: false, errorType: 'Sandbox.Timedout', errorMessage };
}
