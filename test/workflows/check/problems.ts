import type { Definition } from '../../../lib/workflows/asl.ts';
import { errorNameProblems } from './error-names.ts';
import { expressionProblems } from './expression-problems.ts';
import { loopProblems } from './loops.ts';
import { type Reviewed, shapeProblems } from './shape.ts';
import { substitutionProblems } from './substitutions.ts';
import { variableProblems } from './variables.ts';

/** All that is wrong with a definition, each as a sentence that names the state. */
export const problemsOf = (definition: Definition, reviewed: Reviewed): readonly string[] => [
  ...shapeProblems(definition, reviewed),
  ...expressionProblems(definition),
  ...variableProblems(definition),
  ...errorNameProblems(definition),
  ...loopProblems(definition, reviewed),
  ...substitutionProblems(definition),
];
