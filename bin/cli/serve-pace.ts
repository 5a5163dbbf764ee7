import type { Clockwork } from '../../simulator/serve/clockwork.ts';

/** Between two movements of the clock, in time of the host. */
const TICK_MS = 50;
/**
 * At most so much time of the host is made up for at once: who asks for more speed than there is, or lets the host sleep,
 * gets what is possible, not a debt that grows.
 */
const LAG_MS_MAX = 1_000;

/** Moves virtual time along with the host's, so many times as fast. Answers what ends it. */
export function keepPace(clockwork: Clockwork, speed: number): () => void {
  let lastMs = performance.now();
  let owedMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const tick = async (): Promise<void> => {
    const nowMs = performance.now();
    owedMs += Math.min(nowMs - lastMs, LAG_MS_MAX) * speed;
    lastMs = nowMs;
    const wholeMs = Math.floor(owedMs);
    owedMs -= wholeMs;
    await clockwork.pass(wholeMs);
    if (!ended) timer = setTimeout(tick, TICK_MS);
  };
  timer = setTimeout(tick, TICK_MS);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
