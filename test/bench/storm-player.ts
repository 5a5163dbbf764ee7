import { measureNights } from './storm-pace.ts';

/** Plays nights for another process, and sends it what they took. */
const measured = await measureNights();
process.send?.(measured, () => process.disconnect());
