import type { Output } from './command.ts';

/** Real seconds between two lines where no terminal can be written over. */
const LINE_EVERY_SECONDS = 10;

/** How far a storm is, with its rate and the time left; on a terminal in place, elsewhere a line now and then. */
export class Progress {
  readonly #out: Output;
  readonly #total: number;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #toldMs: number;
  #width = 0;

  constructor(out: Output, total: number, nowMs: () => number) {
    this.#out = out;
    this.#total = total;
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
    this.#toldMs = this.#startMs;
  }

  seconds(): number {
    return (this.#nowMs() - this.#startMs) / 1000;
  }

  step(done: number, broken: number): void {
    const nowMs = this.#nowMs();
    const everyMs = this.#out.isTTY === true ? 200 : LINE_EVERY_SECONDS * 1000;
    if (done < this.#total && nowMs - this.#toldMs < everyMs) return;
    this.#toldMs = nowMs;
    const rate = done / Math.max(0.001, this.seconds());
    const left = Math.ceil((this.#total - done) / Math.max(rate, 0.001));
    const text = `${done} of ${this.#total} runs, ${rate.toFixed(1)} a second, ${left} s left, ${broken} broken`;
    if (this.#out.isTTY === true) {
      this.#out.write(`\r${text.padEnd(this.#width)}`);
      this.#width = text.length;
    } else {
      this.#out.write(`${text}\n`);
    }
  }

  end(): void {
    if (this.#out.isTTY === true) this.#out.write(`\r${' '.repeat(this.#width)}\r`);
  }
}
