import { healthyImage } from '../aws/image-builder.ts';
import type { ImageBehaviour } from '../contract.ts';

/** How images show that they are bad. A fault sits in the image: whatever runs it emits these numbers. */

/** Nine requests in ten fail: enough that one instance among a dozen shows in what is measured over all of them. */
const faultyMetrics = (random: () => number): Readonly<Record<string, number>> => ({
  ErrorPercent: 85 + 10 * random(),
});

export const wellImage: ImageBehaviour = healthyImage;

/** Passes its health checks and answers wrongly from the first minute. */
export const sickImage: ImageBehaviour = {
  ...wellImage,
  metrics: (_minute, random) => faultyMetrics(random),
};

/** Well until something comes about (a certificate expires, a queue fills up); wrong answers from then on. */
export const sickOnce = (cameAbout: () => boolean): ImageBehaviour => ({
  ...wellImage,
  metrics: (minute, random) =>
    cameAbout() ? faultyMetrics(random) : wellImage.metrics(minute, random),
});

/** Starts, and never answers a health check. */
export const lifelessImage: ImageBehaviour = {
  healthySeconds: null,
  metrics: () => ({}),
  targetFailureRatio: () => 1,
};

/** Answers rightly and takes so many times as long for it: nothing that an alarm on errors would see. */
export const slowImage = (times: number): ImageBehaviour => ({ ...wellImage, burden: () => times });

/** As quick as before on the whole, now quicker and now slower by up to two fifths. */
export const noisyImage: ImageBehaviour = {
  ...wellImage,
  burden: (_minute, random) => 0.6 + 0.8 * random(),
};

/** Publishes its first so many minutes, then falls silent, and works on. */
export const silentAfter = (minutes: number): ImageBehaviour => ({
  ...wellImage,
  burden: (minute) => (minute < minutes ? 1 : undefined),
});

/** Fit for health checks of another port, and every request to it fails. */
export const wrongImage: ImageBehaviour = {
  ...wellImage,
  answers: () => ({ status: 500, seconds: 0.02, body: 'no such table: orders' }),
};

/** The same, but it takes requests and never answers. */
export const hangingImage: ImageBehaviour = {
  ...wellImage,
  answers: () => ({ status: 0, seconds: null }),
};
