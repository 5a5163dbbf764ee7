import type { StormPlan } from '../../simulator/storm/plan.ts';
import { readCatalogue } from './catalogue-file.ts';
import { type Answer, type Briefing, playOn, stagesOf } from './storm-crew.ts';
import { groundOf, stormGrounds } from './storm-grounds.ts';

/** A process that plays nights for another one: first a briefing, then plan by plan. */
let stages: ReturnType<typeof stagesOf> | undefined;

process.on('message', (message: Briefing | StormPlan) => {
  if (stages === undefined) {
    stages = begin(message as Briefing);
    return;
  }
  playOn(stages, message as StormPlan).then(
    (night) => send({ night }),
    (error: unknown) => send({ thrown: error instanceof Error ? `${error.stack}` : String(error) }),
  );
});
process.on('disconnect', () => process.exit());

const send = (answer: Answer): void => {
  process.send?.(answer);
};

function begin({ grounds, catalogueFile }: Briefing): ReturnType<typeof stagesOf> {
  const known =
    catalogueFile === undefined
      ? stormGrounds()
      : [groundOf(grounds[0]?.name ?? '', 1, readCatalogue(catalogueFile))];
  return stagesOf(known, grounds);
}
