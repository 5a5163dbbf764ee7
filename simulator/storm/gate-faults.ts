import { type GateFunctionDeed, inventGateFunction } from '../gate-functions.ts';
import { gateFunctions } from '../scenarios/catalogue.ts';
import type { FaultKind, Gust, Strike } from './weather.ts';

/** What befalls those whom gates ask. */

const DEEDS = ['refuses', 'throws', 'hangs'] as const satisfies readonly GateFunctionDeed[];

const gateFunctionsFail = ({ account, witness, random, struck }: Strike): Gust => {
  const { fleets, waves } = witness.catalogue;
  const names = [...Object.values(fleets), ...waves].flatMap((one) => gateFunctions(one, true));
  const all = (deed: GateFunctionDeed): void => {
    for (const name of names) inventGateFunction(account, name, deed);
  };
  return {
    begins: () => {
      if (names.length === 0) return;
      all(DEEDS[Math.floor(random() * DEEDS.length)] ?? 'throws');
      struck();
    },
    ends: () => all('passes'),
  };
};

const namesAreLost = ({ account, struck }: Strike): Gust => ({
  begins: () => {
    account.web.loseNames(true);
    struck();
  },
  ends: () => account.web.loseNames(false),
});

export const gateFaults = {
  'gate-functions': {
    says: 'functions that judge for gates refuse, throw or hang',
    gust: gateFunctionsFail,
  },
  'lost-names': { says: 'no name can be resolved', gust: namesAreLost },
} as const satisfies Readonly<Record<string, FaultKind>>;
