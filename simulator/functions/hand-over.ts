import type { HttpHost } from './fake-http.ts';

/** How a call ended that was handed over: with an output, or in a way that is the SDK's to understand. */
export type Carried =
  | { readonly output: object }
  /** Has the same call, when it is made through the wire right after this, meet the same end without another effect. */
  | { readonly repeat: () => void };

/** Takes a call of an SDK client as it is, not as a request on the wire. Undefined for one that it cannot take. */
export type Carrier = (
  from: Readonly<Record<'namespace' | 'operation' | 'accessKeyId', string>>,
  input: unknown,
) => Promise<Carried> | undefined;

export interface HandingOver extends HttpHost {
  readonly environment: Readonly<Record<string, string>>;
  readonly carrier?: Carrier | undefined;
}

interface Client {
  send(command: Command, ...rest: readonly unknown[]): unknown;
}

interface Command {
  readonly input?: unknown;
  /** `[9, namespace, operation, …]` */
  readonly schema?: unknown;
}

const changed = new WeakSet<Client>();

/**
 * From now on clients of these modules' classes hand their calls over, where whoever runs has a carrier: nothing is written,
 * signed, sent and read, which is most of what a call costs. As tracing libraries do it, by the one method that all
 * clients inherit; the module's own code stays what it is.
 */
export function handOver(exported: object, running: () => HandingOver): void {
  for (const value of Object.values(exported)) {
    const root = typeof value === 'function' ? clientRoot(value.prototype) : undefined;
    if (root === undefined || changed.has(root)) continue;
    changed.add(root);
    const through = root.send;
    root.send = function send(this: Client, command, ...rest) {
      const sending = () => through.call(this, command, ...rest);
      return rest.length > 0 ? sending() : (carried(command, running(), sending) ?? sending());
    };
  }
}

/** The prototype from which all clients have `send`. */
function clientRoot(prototype: unknown): Client | undefined {
  let found: Client | undefined;
  for (let each = prototype; typeof each === 'object' && each !== null; ) {
    if (Object.hasOwn(each, 'send') && Object.hasOwn(each, 'destroy')) found = each as Client;
    each = Object.getPrototypeOf(each);
  }
  return found;
}

function carried(
  { schema, input }: Command,
  { carrier, environment, waiting }: HandingOver,
  sending: () => unknown,
): Promise<unknown> | undefined {
  if (carrier === undefined || !Array.isArray(schema)) return undefined;
  const [, namespace, operation] = schema as string[];
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  if (namespace === undefined || operation === undefined || accessKeyId === undefined) {
    return undefined;
  }
  const ending = carrier({ namespace, operation, accessKeyId }, input);
  if (ending === undefined) return undefined;
  const arrive = waiting();
  return new Promise((resolve) => {
    ending.then((end) =>
      arrive(() => {
        if ('output' in end) return resolve(end.output);
        end.repeat();
        resolve(sending());
      }),
    );
  });
}
