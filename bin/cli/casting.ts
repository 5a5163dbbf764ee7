import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import { scenarios } from '../../simulator/scenarios/all.ts';
import { settingsOf } from '../../simulator/scenarios/catalogue.ts';
import type { Scenario } from '../../simulator/scenarios/scenario.ts';
import { meant } from './arguments.ts';
import type { Act } from './history.ts';
import { UserMistake } from './user-mistake.ts';

/** @throws UserMistake with the nearest name */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const known = scenarios.map((scenario) => scenario.name);
  throw new UserMistake(`there is no scenario ${name}${meant(name, known)}`);
}

/**
 * The scenario on the first image of the catalogue that it applies to.
 * @throws UserMistake saying why it applies to none
 */
export function cast(scenario: Scenario, catalogue: CheckedCatalogue): Act {
  const reasons: string[] = [];
  for (const setting of settingsOf(catalogue)) {
    const reason = scenario.misfit?.(setting);
    if (reason === undefined) return { scenario, setting };
    reasons.push(reason);
  }
  const why = reasons.length === 0 ? 'no fleet of it runs an image' : reasons.join('; ');
  throw new UserMistake(`scenario ${scenario.name} does not apply to this catalogue: ${why}`);
}
