import type { AwsError, Json } from '../contract.ts';

export interface WireRequest {
  readonly method: string;
  readonly host: string;
  /** Path without the query. */
  readonly path: string;
  /** A list for a name that occurs several times. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
export interface DecodedCall {
  readonly client: string;
  readonly operation: string;
  readonly input: unknown;
  readonly accessKeyId: string;
  /** How the caller spoke, where a client's service knows several protocols; the answer is written the same way. */
  readonly protocol?: string;
}
/** Reads and writes the services' protocols, by the SDK clients' own schemas. */
export interface WireCodec {
  decode(request: WireRequest): Promise<DecodedCall>;
  encodeOutput(call: DecodedCall, output: unknown, requestId: string): Promise<WireResponse>;
  encodeError(call: DecodedCall, error: AwsError, requestId: string): Promise<WireResponse>;
  /**
   * What the wire makes of an input, without one. Undefined for a client that is not simulated, and for an input to which
   * the client itself would add something.
   */
  carryInput(
    from: Readonly<Record<'namespace' | 'operation' | 'accessKeyId', string>>,
    input: unknown,
  ): DecodedCall | undefined;
  /** What the wire makes of an output, without one: a copy. */
  carryOutput(call: DecodedCall, output: unknown): unknown;
  /**
   * The SDK's member names of an operation's input, for integrations that spell them in another case
   * (Step Functions writes `ClientToken` where the SDK has `clientToken`): renames deeply, by the schema.
   */
  renameInput(client: string, operation: string, input: Json): unknown;
  /** The way back: an output as Step Functions shows it (PascalCase members, dates as ISO text), deeply. */
  renameOutput(client: string, operation: string, output: unknown): Json;
}
