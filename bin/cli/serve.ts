import { optionsShown, parseOptions, wholeNumber } from './arguments.ts';
import { readCatalogue } from './catalogue-file.ts';
import type { Command } from './command.ts';
import { type Serving, serveAccount } from './serve-here.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';
import { readWorldFile } from './world-file.ts';

const DEFAULT_CATALOGUE = 'examples/web/kiln.yaml';
const DEFAULT_SEED = 1;
const DEFAULT_SPEED = 60;
const PORT_MAX = 65_535;

const OPTIONS = {
  port: { value: 'N', says: 'where to listen on 127.0.0.1; 0: any port that is free' },
  catalogue: { value: 'FILE', says: `the catalogue to deploy (default: ${DEFAULT_CATALOGUE})` },
  world: { value: 'FILE', says: 'how the simulated world differs from the usual (YAML or JSON)' },
  speed: {
    value: 'X',
    says: `virtual seconds for each second of yours (default: ${DEFAULT_SPEED})`,
  },
  step: { says: 'time stands still but for POST /kiln/step' },
  seed: { value: 'N', says: `another world of the same kind (default: ${DEFAULT_SEED})` },
  help: { says: 'this text' },
} as const;

const HELP = `Usage: npx tsx bin/kiln.ts serve --port N [options]

Deploys the app of a catalogue into a simulated AWS account and answers AWS clients on 127.0.0.1 with it, until Ctrl+C: any of
them, with its endpoint URL set to the one that is printed, and any access key. Time is moved by GET /kiln/clock and
POST /kiln/step {"seconds":300}; see docs/serve.md.

${optionsShown(OPTIONS)}`;

export const serve: Command = {
  says: 'a simulated AWS account for the AWS CLI and other clients',
  run: async (args, { out, err }) => {
    const options = parseOptions(args, OPTIONS);
    if (options.help) {
      out.write(`${HELP}\n`);
      return ExitCode.asExpected;
    }
    if (options.step && options.speed !== undefined) {
      throw new UserMistake('--speed and --step exclude each other');
    }
    const port = portOf(options.port);
    const speed = options.step ? 0 : speedOf(options.speed);
    const seed = options.seed === undefined ? DEFAULT_SEED : wholeNumber('seed', options.seed);
    const catalogue = readCatalogue(options.catalogue ?? DEFAULT_CATALOGUE);
    const world = options.world === undefined ? {} : readWorldFile(options.world, catalogue);
    const complain = (error: unknown) =>
      err.write(`kiln: ${error instanceof Error ? error.stack : String(error)}\n`);

    const interruption = new Interruption();
    try {
      const serving = await serveAccount({ catalogue, world, seed, port, speed, complain });
      if (!interruption.came) out.write(`${readyLine(serving, speed)}\n`);
      await Promise.race([interruption.coming, serving.broken]).finally(() => serving.close());
    } finally {
      interruption.forget();
    }
    return ExitCode.asExpected;
  },
};

function readyLine({ place, url }: Serving, speed: number): string {
  const time = speed === 0 ? 'moved by steps' : `${speed} times as fast as yours`;
  return `Simulated AWS account ${place.accountId} (${place.region}) at ${url}; its time is ${time}. Ctrl+C ends it.`;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first signal to end. A second one meets Node's own handling, and ends the process at once. */
class Interruption {
  readonly coming: Promise<void>;
  came = false;
  #heard: () => void = () => undefined;

  constructor() {
    this.coming = new Promise((resolve) => {
      this.#heard = () => {
        this.came = true;
        this.forget();
        resolve();
      };
    });
    for (const signal of SIGNALS) process.on(signal, this.#heard);
  }

  forget(): void {
    for (const signal of SIGNALS) process.off(signal, this.#heard);
  }
}

function portOf(text: string | undefined): number {
  if (text === undefined) throw new UserMistake('which --port? 0 takes any that is free');
  const port = wholeNumber('port', text);
  if (port <= PORT_MAX) return port;
  throw new UserMistake(`--port: expected at most ${PORT_MAX}, got ${port}`);
}

function speedOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SPEED;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw new UserMistake(`--speed: expected a number above 0, got ${JSON.stringify(text)}`);
}
