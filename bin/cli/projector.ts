import { setTimeout as pause } from 'node:timers/promises';
import type { TranscriptLine } from '../../simulator/transcript/transcript.ts';
import type { Frame } from './film.ts';
import { screen } from './screen.ts';
import type { Paint } from './style.ts';

/** How long a whole rehearsal is on the screen. */
export const FILM_MS = 8_000;
/** How much longer a frame stays in which something is said, or goes wrong, than one in which time only goes by. */
const WEIGHT_OF_WORDS = 6;
const WEIGHT_OF_BAD_NEWS = 25;
/** Terminals need not be drawn more often. */
const FRAME_MS_MIN = 25;

/** As shells report a process that SIGINT has ended. */
const INTERRUPTED = 130;

interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * Shows a film in its time, each frame in the place of the one before. The cursor is hidden meanwhile, and shown again
 * whatever happens.
 */
export async function project(
  frames: readonly Frame[],
  terminal: Terminal,
  { paint, seed, filmMs = FILM_MS }: { paint: Paint; seed: number; filmMs?: number },
): Promise<void> {
  const weights = frames.map(weightOf);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const said: TranscriptLine[] = [];
  let drawn = 0;
  let dueMs = 0;
  const show = () => terminal.write('\u001b[?25h');
  const interrupt = () => {
    show();
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupt);
  terminal.write('\u001b[?25l');
  try {
    for (const [index, frame] of frames.entries()) {
      said.push(...frame.said);
      dueMs += (filmMs * (weights[index] ?? 0)) / Math.max(1, whole);
      // Too short to be seen: its words come with the next frame.
      if (dueMs < FRAME_MS_MIN && index < frames.length - 1) continue;
      const width = Math.max(20, Math.min(terminal.columns ?? 80, 160) - 1);
      const lines = screen(frame, said, { width, paint, seed });
      const fitting = lines.slice(0, Math.max(1, (terminal.rows ?? 24) - 1));
      terminal.write(`${over(drawn)}${fitting.join('\n')}\n`);
      drawn = fitting.length;
      await pause(dueMs);
      dueMs = 0;
    }
  } finally {
    process.off('SIGINT', interrupt);
    show();
  }
}

/** Up to where the last frame began, and away with it. */
const over = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`);

function weightOf({ said, waits }: Frame): number {
  if (said.some(({ tone }) => tone === 'bad')) return WEIGHT_OF_BAD_NEWS;
  if (said.length > 0) return WEIGHT_OF_WORDS;
  return waits.length > 0 ? 1 : 0.5;
}
