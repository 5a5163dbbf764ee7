import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import { type Serving, serveAccount } from '../../../bin/cli/serve-here.ts';

/** What `kiln serve` serves, moved by steps, and a person beside it. */
export interface Served extends Serving {
  /** Complaints about what broke inside; a test must end with none. */
  readonly complaints: readonly unknown[];
  readonly stateMachineArn: string;
  control(path: string, body: object): Promise<Readonly<Record<string, unknown>>>;
  step(seconds: number): Promise<unknown>;
  nowMs(): Promise<number>;
}

export async function servedByStep(
  speed = 0,
  catalogueFile = 'examples/web/kiln.yaml',
): Promise<Served> {
  const complaints: unknown[] = [];
  const serving = await serveAccount({
    catalogue: readCatalogue(catalogueFile),
    world: {},
    seed: 1,
    port: 0,
    speed,
    complain: (error) => complaints.push(error),
  });
  const { partition, region, accountId } = serving.place;
  const answered = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${serving.url}${path}`, init);
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${response.status} ${String(answer.message)}`);
    return answer;
  };
  const control = (path: string, body: object) =>
    answered(path, { method: 'POST', body: JSON.stringify(body) });
  return {
    ...serving,
    complaints,
    stateMachineArn: `arn:${partition}:states:${region}:${accountId}:stateMachine:kiln-main-release`,
    control,
    step: (seconds) => control('/kiln/step', { seconds }),
    nowMs: async () => Date.parse(String((await answered('/kiln/clock')).now)),
  };
}
