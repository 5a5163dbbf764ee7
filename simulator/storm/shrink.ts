import type { StormPlan } from './plan.ts';

export interface Shrinking {
  readonly plan: StormPlan;
  /** Whether a smaller plan still breaks what the first one broke. */
  readonly breaks: (plan: StormPlan) => Promise<boolean>;
  /** How many plans may be tried. */
  readonly triesMax: number;
  /** Names of grounds, smallest first, that a plan may be moved to. */
  readonly grounds: readonly string[];
}

export interface Shrunk {
  readonly plan: StormPlan;
  readonly tries: number;
}

/**
 * The smallest plan found that still breaks: first faults are left out, then what people do, by halves and then one by one;
 * then fleets, by moving to a smaller catalogue; then what is special about bakes, groups and readings; until nothing more can go.
 */
export async function shrink({ plan, breaks, triesMax, grounds }: Shrinking): Promise<Shrunk> {
  let best = plan;
  let tries = 0;
  const attempt = async (smaller: StormPlan): Promise<boolean> => {
    if (tries >= triesMax) return false;
    tries += 1;
    if (!(await breaks(smaller))) return false;
    best = smaller;
    return true;
  };
  let before: StormPlan;
  do {
    before = best;
    await thin(
      () => best.faults,
      (faults) => attempt({ ...best, faults }),
    );
    await thin(
      () => best.deeds,
      (deeds) => attempt({ ...best, deeds }),
    );
    for (const ground of grounds) {
      if (ground === best.ground) break;
      if (await attempt({ ...best, ground })) break;
    }
    for (const simpler of simplerThan(best)) await attempt(simpler(best));
  } while (best !== before && tries < triesMax);
  return { plan: best, tries };
}

/** Leaves out halves, quarters, and at last single items, as long as that succeeds. */
async function thin<Item>(
  items: () => readonly Item[],
  without: (fewer: readonly Item[]) => Promise<boolean>,
): Promise<void> {
  for (let size = Math.ceil(items().length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < items().length; ) {
      const fewer = items().filter((_item, index) => index < from || index >= from + size);
      if (!(await without(fewer))) from += size;
    }
  }
}

/** Changes that only make a plan plainer; each is of the best plan at its time. */
function simplerThan(plan: StormPlan): readonly ((best: StormPlan) => StormPlan)[] {
  const changes: ((best: StormPlan) => StormPlan)[] = [];
  if (plan.bakes.length > 1) changes.push((best) => ({ ...best, bakes: best.bakes.slice(0, 1) }));
  if (plan.bakes.some((bake) => bake.temperament !== 'well' || bake.fails || bake.critical > 0)) {
    changes.push((best) => ({
      ...best,
      bakes: best.bakes.map((bake) => ({
        ...bake,
        temperament: 'well',
        fails: false,
        critical: 0,
      })),
    }));
  }
  if (Object.keys(plan.groups).length > 0) changes.push((best) => ({ ...best, groups: {} }));
  if (Object.keys(plan.readings).length > 0) changes.push((best) => ({ ...best, readings: {} }));
  return changes;
}
