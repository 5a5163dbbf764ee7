import { defaultBakePlan } from '../aws/image-builder.ts';
import type { BakePlan } from '../aws/image-builder-records.ts';
import type { ImageBehaviour } from '../contract.ts';
import {
  lifelessImage,
  sickImage,
  slowImage,
  wellImage,
  wrongImage,
} from '../scenarios/behaviours.ts';
import type { Bake, Temperament } from './plan.ts';

/** What images are like, by what their instances show. */

const SICK_PERCENT = 90;
/** Minutes of an instance's life until its fault shows. */
const LATER_MINUTES = 4;

const behaviours: Readonly<Record<Temperament, ImageBehaviour>> = {
  well: wellImage,
  sick: sickImage,
  lifeless: lifelessImage,
  'sick-later': {
    ...wellImage,
    metrics: (minute, random) =>
      minute < LATER_MINUTES ? wellImage.metrics(minute, random) : { ErrorPercent: SICK_PERCENT },
  },
  flapping: {
    ...wellImage,
    metrics: (minute, random) =>
      Math.floor(minute / 3) % 2 === 0
        ? wellImage.metrics(minute, random)
        : { ErrorPercent: SICK_PERCENT },
  },
  silent: { ...wellImage, metrics: () => ({}) },
  slow: { ...wellImage, healthySeconds: 240 },
  'failing-targets': { ...wellImage, targetFailureRatio: (minute) => (minute < 2 ? 0 : 0.7) },
  'wrong-answers': wrongImage,
  dear: slowImage(2),
};

/** The plan of an account's bakes: each takes the next fate, and the last one stays. */
export function bakePlanOf(bakes: readonly Bake[]): BakePlan {
  let started = 0;
  return (bake) => {
    const fate = bakes[Math.min(started, bakes.length - 1)];
    started += 1;
    const usual = defaultBakePlan(bake);
    if (fate === undefined) return usual;
    const failed = { status: 'FAILED', reason: 'the disk is full', afterSeconds: fate.seconds / 2 };
    return {
      ...usual,
      seconds: fate.seconds,
      scanSeconds: 60,
      findings: { all: fate.critical, critical: fate.critical, high: 0, medium: 0 },
      behaviour: behaviours[fate.temperament],
      ...(fate.fails ? { failure: { ...failed, status: 'FAILED' as const } } : {}),
    };
  };
}
