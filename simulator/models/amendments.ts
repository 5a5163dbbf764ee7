/** Where the models are known to be wrong about AWS. The generator applies these and notes them in the data. */

import type { Node } from './botocore.ts';
import type { Amendment } from './shapes.ts';

type Struct = Extract<Node, { t: 'struct' }>;

export interface KnownBetter extends Amendment {
  readonly client: string;
  /** Changes the shape in place. */
  readonly apply: (shape: Struct) => void;
}

export const amendments: readonly KnownBetter[] = [];
