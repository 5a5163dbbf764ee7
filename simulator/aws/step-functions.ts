/**
 * Step Functions: standard workflows, run by the interpreter in `../states`.
 * Sources: API reference of each operation; developer guide, "Quotas", "Automating with EventBridge".
 * Refused: Express workflows, activities, versions and aliases, Map Runs, definitions that the interpreter refuses.
 */

import type {
  DescribeExecutionInput,
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineInput,
  GetExecutionHistoryInput,
  ListExecutionsInput,
  ListStateMachinesInput,
  RedriveExecutionInput,
  SendTaskFailureInput,
  SendTaskHeartbeatInput,
  SendTaskSuccessInput,
  StartExecutionInput,
  StopExecutionInput,
} from '@aws-sdk/client-sfn';
import {
  AwsError,
  type CallAws,
  type EventSink,
  type Iam,
  type Operation,
  type Place,
  type Service,
  type World,
} from '../contract.ts';
import { randomUuid } from '../random.ts';
import { DefinitionRefused } from '../states/errors.ts';
import { Execution } from '../states/execution.ts';
import { listItem, notRedrivable, statusEvent } from '../states/execution-answers.ts';
import { ExecutionStore, type StateMachineRecord, sameStart } from '../states/execution-store.ts';
import { toApiEvent } from '../states/history.ts';
import { Integrations } from '../states/integrations.ts';
import { machineOf } from '../states/known-machines.ts';
import { requireLogRights } from '../states/log-rights.ts';
import {
  badToken,
  checkName,
  described,
  operation,
  parseInput,
  sizeOf,
} from '../states/service-operations.ts';
import { TaskTokens } from '../states/task-tokens.ts';
import type { WireCodec } from '../wire/wire-contract.ts';
import { pageOf } from './fleet-operation.ts';

export interface StepFunctionsOptions {
  readonly world: World;
  readonly events: EventSink;
  readonly place: Place;
  readonly call: CallAws;
  readonly codec: Pick<WireCodec, 'renameInput' | 'renameOutput'>;
  readonly iam: Pick<Iam, 'decide' | 'sessionFor'>;
}

export interface StateMachineSpec {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** JSON text, substitutions already made. */
  readonly definition: string;
  readonly type?: string;
  readonly loggingLevel?: string;
}

export class StepFunctions implements Service {
  readonly client = 'client-sfn';
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #options: StepFunctionsOptions;
  readonly #store: ExecutionStore;
  readonly #tokens = new TaskTokens();

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
    this.#store = new ExecutionStore(() => options.world.nowMs());
    this.operations = {
      ...this.#executionOperations(),
      ...this.#machineOperations(),
      ...this.#taskOperations(),
    };
  }

  /**
   * Creates a state machine, or puts a new definition in the place of the old one.
   * @throws DefinitionRefused naming feature and state; AwsError when the role does not trust Step Functions, or may not
   * deliver the logs that the machine is to write
   */
  addStateMachine(spec: StateMachineSpec): void {
    const { type = 'STANDARD', name, arn, roleArn, definition, loggingLevel = 'OFF' } = spec;
    if (type !== 'STANDARD')
      throw new DefinitionRefused(`the type ${type} of the state machine '${name}'`);
    const { caller } = this.#options.iam.sessionFor(roleArn, 'states.amazonaws.com', name);
    const machine = machineOf(definition);
    if (loggingLevel !== 'OFF') requireLogRights(this.#options.iam, caller);
    const nowMs = this.#options.world.nowMs();
    const before = this.#store.machines().find((record) => record.arn === arn);
    this.#store.putMachine({
      ...{ name, arn, roleArn, definition, machine, loggingLevel },
      createdMs: before?.createdMs ?? nowMs,
      updatedMs: nowMs,
      revision: (before?.revision ?? 0) + 1,
    });
  }

  /** A new definition for those who start from now on. @throws AwsError StateMachineDoesNotExist; DefinitionRefused */
  updateDefinition(arn: string, definition: string): void {
    this.addStateMachine({ ...this.#store.machine(arn), definition });
  }

  /** States entered plus retries of one execution, children of distributed Maps included; 0 for an unknown one. */
  transitionsOf(executionArn: string): number {
    return this.#store.find(executionArn)?.execution.transitions ?? 0;
  }

  /** All executions in the order of their start, for auditors and transcripts. */
  executions(): readonly Execution[] {
    return this.#store.all();
  }

  #startExecution(input: StartExecutionInput): { executionArn: string; startDate: Date } {
    const definition = this.#store.machine(input.stateMachineArn);
    const { world, place } = this.#options;
    const name = input.name ?? randomUuid(world.random('execution names'));
    checkName(name);
    const parsed = parseInput(input.input ?? '{}');
    const executionArn = `${definition.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.#store.find(executionArn)?.execution;
    if (known !== undefined) {
      if (!sameStart(known, parsed)) {
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
      }
      return { executionArn, startDate: new Date(known.startedMs) };
    }
    const execution = new Execution({
      world,
      machine: definition.machine,
      identity: {
        arn: executionArn,
        name,
        machineArn: definition.arn,
        machineName: definition.name,
        roleArn: definition.roleArn,
      },
      input: parsed,
      tasks: this.#runnerFor(definition),
      region: place.region,
      onStatus: (changed) => this.#statusChanged(changed),
    });
    this.#store.put({ execution, definition });
    execution.start();
    return { executionArn, startDate: new Date(execution.startedMs) };
  }

  #runnerFor({ roleArn }: StateMachineRecord): Integrations {
    const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const whenEnded = (arn: string, then: (execution: Execution) => void): void =>
      this.#store.whenEnded(arn, then);
    return new Integrations({ ...this.#options, tokens: this.#tokens, whenEnded }, roleName);
  }

  #statusChanged(execution: Execution): void {
    this.#options.events.emit(statusEvent(execution));
    if (!execution.running) this.#store.ended(execution);
  }

  #executionOperations(): Record<string, Operation> {
    return {
      StartExecution: operation<StartExecutionInput>(
        'states:StartExecution',
        ({ stateMachineArn }) => stateMachineArn,
        (input) => this.#startExecution(input),
      ),
      StopExecution: operation<StopExecutionInput>(
        'states:StopExecution',
        ({ executionArn }) => executionArn,
        ({ executionArn, error, cause }) => {
          const { execution } = this.#store.must(executionArn);
          execution.stop(error, cause);
          return { stopDate: new Date(execution.stoppedMs ?? execution.nowMs) };
        },
      ),
      DescribeExecution: operation<DescribeExecutionInput>(
        'states:DescribeExecution',
        ({ executionArn }) => executionArn,
        ({ executionArn }) => this.#store.describe(executionArn),
      ),
      ListExecutions: operation<ListExecutionsInput>(
        'states:ListExecutions',
        ({ stateMachineArn }) => stateMachineArn,
        (input) => this.#listExecutions(input),
      ),
      GetExecutionHistory: operation<GetExecutionHistoryInput>(
        'states:GetExecutionHistory',
        ({ executionArn }) => executionArn,
        (input) => this.#history(input),
      ),
      RedriveExecution: operation<RedriveExecutionInput>(
        'states:RedriveExecution',
        ({ executionArn }) => executionArn,
        ({ executionArn }) => this.#redrive(executionArn),
      ),
      DescribeStateMachineForExecution: operation<DescribeStateMachineForExecutionInput>(
        'states:DescribeStateMachineForExecution',
        ({ executionArn }) => executionArn,
        ({ executionArn }) => {
          const record = this.#store.must(executionArn).definition;
          const { type, status, creationDate, ...shown } = described(record);
          return { ...shown, updateDate: new Date(record.updatedMs) };
        },
      ),
    };
  }

  #machineOperations(): Record<string, Operation> {
    return {
      DescribeStateMachine: operation<DescribeStateMachineInput>(
        'states:DescribeStateMachine',
        ({ stateMachineArn }) => stateMachineArn,
        ({ stateMachineArn }) => described(this.#store.machine(stateMachineArn)),
      ),
      ListStateMachines: operation<ListStateMachinesInput>(
        'states:ListStateMachines',
        () => '*',
        ({ maxResults, nextToken }) => {
          const machines = this.#store.machines().map(({ arn, name, createdMs }) => ({
            stateMachineArn: arn,
            name,
            type: 'STANDARD',
            creationDate: new Date(createdMs),
          }));
          const { page, nextToken: next } = pageOf(
            machines,
            nextToken,
            sizeOf(maxResults),
            badToken,
          );
          return { stateMachines: page, nextToken: next };
        },
      ),
    };
  }

  #taskOperations(): Record<string, Operation> {
    return {
      SendTaskSuccess: operation<SendTaskSuccessInput>(
        'states:SendTaskSuccess',
        () => '*',
        ({ taskToken, output }) => {
          this.#tokens.succeed(taskToken ?? '', output ?? '');
          return {};
        },
      ),
      SendTaskFailure: operation<SendTaskFailureInput>(
        'states:SendTaskFailure',
        () => '*',
        ({ taskToken, error, cause }) => {
          this.#tokens.fail(taskToken ?? '', {
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
          });
          return {};
        },
      ),
      SendTaskHeartbeat: operation<SendTaskHeartbeatInput>(
        'states:SendTaskHeartbeat',
        () => '*',
        ({ taskToken }) => {
          this.#tokens.heartbeat(taskToken ?? '');
          return {};
        },
      ),
    };
  }

  #listExecutions(input: ListExecutionsInput) {
    const { stateMachineArn, statusFilter, maxResults, nextToken, redriveFilter } = input;
    const { arn } = this.#store.machine(stateMachineArn);
    const found = this.#store
      .executionsOf(arn)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .filter(
        ({ redriveCount }) =>
          redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'),
      );
    const { page, nextToken: next } = pageOf(
      found.map(listItem),
      nextToken,
      sizeOf(maxResults),
      badToken,
    );
    return { executions: page, nextToken: next };
  }

  #history(input: GetExecutionHistoryInput) {
    const { executionArn, maxResults, nextToken, reverseOrder, includeExecutionData } = input;
    const { events } = this.#store.must(executionArn).execution.history;
    const ordered = reverseOrder === true ? [...events].reverse() : events;
    const { page, nextToken: next } = pageOf(ordered, nextToken, sizeOf(maxResults), badToken);
    return {
      events: page.map((event) => toApiEvent(event, includeExecutionData !== false)),
      nextToken: next,
    };
  }

  #redrive(executionArn: string | undefined): { redriveDate: Date } {
    const { execution } = this.#store.must(executionArn);
    const nowMs = this.#options.world.nowMs();
    const reason = notRedrivable(execution, nowMs);
    if (reason !== undefined) throw new AwsError('ExecutionNotRedrivable', reason);
    execution.redrive();
    return { redriveDate: new Date(nowMs) };
  }
}
