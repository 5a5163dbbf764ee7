import { forWorkflow } from './aws-errors.ts';

type LogLevel = 'INFO' | 'ERROR';

/** One JSON object per event: a short constant message, then fields. Never a token or a secret. */
export function log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) {
  console.log(JSON.stringify({ level, message, ...fields }));
}

/** Lambda's entry point: the workflow sees errors by the names that it retries and catches by. */
export const entry =
  <Event, Answer>(handle: (event: Event) => Promise<Answer>) =>
  async (event: Event): Promise<Answer> => {
    try {
      return await handle(event);
    } catch (error) {
      const shown = forWorkflow(error);
      log('ERROR', 'function failed', { error: shown.name, reason: shown.message, event });
      throw shown;
    }
  };

/** @throws Error naming the variable when the environment lacks it: a fault of the template, not of the input. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`expected environment variable ${name}, got none`);
  }
  return value;
}
