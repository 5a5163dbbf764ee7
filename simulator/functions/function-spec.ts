import type { FunctionCode } from './compile.ts';

/** A function as a template describes it, references resolved. */
export interface FunctionSpec {
  readonly functionName: string;
  readonly arn: string;
  readonly roleArn: string;
  /** A CommonJS bundle, as it is uploaded. */
  readonly code: FunctionCode;
  /** `index.handler` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Connected to the VPC of the account. @default false */
  readonly inVpc?: boolean;
  /** @default /aws/lambda/<functionName> */
  readonly logGroup?: string;
  /** How many run at once at most. Kept at function URLs alone. */
  readonly reservedConcurrency?: number;
}
