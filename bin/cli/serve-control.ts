import * as z from 'zod';
import type { Clockwork } from '../../simulator/serve/clockwork.ts';
import type { WireRequest, WireResponse } from '../../simulator/wire/wire-contract.ts';
import type { ServedAccount } from './serve-account.ts';
import { UserMistake } from './user-mistake.ts';

/** What the simulated world can be told that no AWS API can: below this path, in JSON. */
export const CONTROL_PATH = '/kiln/';

export interface ControlOptions {
  readonly served: Pick<ServedAccount, 'bakesWillBe' | 'moveBase'>;
  readonly clockwork: Clockwork;
  /** Virtual seconds for each second of the host; 0: time moves by steps alone. */
  readonly speed: number;
}

const SECONDS_MAX = 31 * 24 * 3600;

const Step = z.strictObject({
  seconds: z.number().min(0, '0 or more').max(SECONDS_MAX, `at most ${SECONDS_MAX}, 31 days`),
});
const Bakes = z.strictObject({ images: z.enum(['well', 'sick', 'lifeless']) });
const Base = z.strictObject({ image: z.string() });

type Act = (body: unknown) => object | Promise<object>;

/** Answers 400 with the mistake in `message`, 404 for a path or method that there is not. */
export function makeControl(options: ControlOptions) {
  const acts = actsOf(options);
  return async ({ method, path, body }: WireRequest): Promise<WireResponse> => {
    const name = `${method} ${path}`;
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    if (act === undefined) {
      return json(404, {
        message: `there is no ${name}; there is ${Object.keys(acts).join(', ')}`,
      });
    }
    try {
      return json(200, await act(parsed(body)));
    } catch (error) {
      if (error instanceof UserMistake) return json(400, { message: error.message });
      if (error instanceof z.ZodError) return json(400, { message: z.prettifyError(error) });
      throw error;
    }
  };
}

function actsOf({ served, clockwork, speed }: ControlOptions): Readonly<Record<string, Act>> {
  const clock = () => ({ now: new Date(clockwork.nowMs()).toISOString(), speed });
  return {
    'GET /kiln/clock': clock,
    'POST /kiln/step': async (body) => {
      await clockwork.pass(Math.round(Step.parse(body).seconds * 1000));
      return clock();
    },
    'POST /kiln/bakes': (body) => {
      const { images } = Bakes.parse(body);
      served.bakesWillBe(images);
      return { ...clock(), images };
    },
    'POST /kiln/base': (body) => ({
      ...clock(),
      moved: served.moveBase(Base.parse(body).image),
    }),
  };
}

function parsed(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw new UserMistake(`the body is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function json(status: number, value: object): WireResponse {
  const body = Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  return { status, headers, body };
}
