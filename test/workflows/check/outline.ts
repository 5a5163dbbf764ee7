import type { Definition } from '../../../lib/workflows/asl.ts';
import { scopesOf, type Transition, transitionsOf } from '../../../lib/workflows/transitions.ts';

/** A machine as one line per transition, to be read by a reviewer: what leads where, on what. */
export function outlineOf(definition: Definition): string {
  const blocks = scopesOf(definition).map(({ map, startAt, states }) => {
    const lines = Object.entries(states).flatMap(([name, state]) => {
      const transitions = transitionsOf(name, state);
      if (transitions.length > 0) return transitions.map(line);
      const end = state.Type === 'Succeed' || state.Type === 'Fail' ? state.Type : 'End';
      return [`${name} ► (${end === 'Fail' ? 'fails' : 'succeeds'})`];
    });
    return [`${map === undefined ? '' : `${map}, each: `}► ${startAt}`, ...lines].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function line({ from, to, kind, on }: Transition): string {
  switch (kind) {
    case 'next':
      return `${from} ► ${to}`;
    case 'rule':
      return `${from} [${on}] ► ${to}`;
    case 'default':
      return `${from} [otherwise] ► ${to}`;
    case 'catch':
      return `${from} ✗ ${on} ► ${to}`;
    default:
      return kind satisfies never;
  }
}
