/**
 * The service models as compact data: what `generate.ts` writes and `check.ts` reads. Shapes are numbered and each
 * occurs once, however many names the model has for it.
 */

/** `min` and `max` are bounds of a value, or of a length; both included. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export interface StructData {
  readonly t: 'struct';
  /** Shape numbers by member name, as the SDK spells it. */
  readonly members: Readonly<Record<string, number>>;
  readonly required?: readonly string[];
}
export interface ListData extends Bounds {
  readonly t: 'list';
  readonly of: number;
}
export interface MapData extends Bounds {
  readonly t: 'map';
  readonly key: number;
  readonly of: number;
}
export interface TextData extends Bounds {
  readonly t: 'text';
  readonly enum?: readonly string[];
  /** In Java's spelling, as messages show it; the whole text must match. */
  readonly pattern?: string;
  /** AWS does not repeat the value in its messages. */
  readonly sensitive?: true;
}
export interface NumberData extends Bounds {
  readonly t: 'integer' | 'float';
}
export interface PlainData extends Bounds {
  readonly t: 'boolean' | 'instant' | 'bytes';
  readonly sensitive?: true;
}
export type ShapeData = StructData | ListData | MapData | TextData | NumberData | PlainData;

/** Why a shape differs from the model. */
export interface Amendment {
  readonly shape: string;
  readonly what: string;
  readonly reason: string;
}

export interface ModelData {
  /** Where all this is from, and under which licence. */
  readonly origin: string;
  /** The SDK client's package name without scope. */
  readonly client: string;
  /** Shape numbers of input and output by operation. */
  readonly operations: Readonly<Record<string, readonly [input: number, output: number]>>;
  /** Operations that the model lacks: members and types are the SDK client's; no limits are known. */
  readonly fromClient?: readonly string[];
  readonly amendments?: readonly Amendment[];
  readonly shapes: readonly ShapeData[];
}
