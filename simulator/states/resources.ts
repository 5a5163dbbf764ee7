/** The Resource of a Task: whom it calls, and how it waits for the answer. */

/** How the answer comes. Source: developer guide, "Discover service integration patterns in Step Functions". */
export type Pattern = 'request' | 'sync' | 'sync:2' | 'waitForTaskToken';

export type Resource =
  | { readonly kind: 'function'; readonly arn: string }
  /** Work that whoever asks for it does. */
  | { readonly kind: 'activity'; readonly arn: string }
  | {
      readonly kind: 'integration';
      /** `aws-sdk:<service>:<action>`: any operation of the SDK. Otherwise one that Step Functions has made its own. */
      readonly sdk: boolean;
      readonly service: string;
      readonly action: string;
      readonly pattern: Pattern;
      /** As in history: `lambda` or `aws-sdk:autoscaling`; and `invoke.waitForTaskToken`. */
      readonly resourceType: string;
      readonly resource: string;
    };

const INTEGRATION =
  /^arn:[^:]+:states:[^:]*:[^:]*:(aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync|sync:2|waitForTaskToken))?$/;

/** What a Resource means, or a text that says why it is not run. `activities`: texts that stand for one. */
export function parseResource(text: string, activities?: ReadonlySet<string>): Resource | string {
  if (activities?.has(text) === true) return { kind: 'activity', arn: text };
  if (/^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+$/.test(text))
    return { kind: 'function', arn: text };
  if (/^arn:[^:]+:states:[^:]+:[^:]+:activity:.+$/.test(text))
    return { kind: 'activity', arn: text };
  const match = INTEGRATION.exec(text);
  const [, sdk, service, action, pattern] = match ?? [];
  if (service === undefined || action === undefined) return `the Resource '${text}'`;
  if (sdk !== undefined && pattern?.startsWith('sync') === true) {
    return `the Resource '${text}': SDK integrations have no .sync`;
  }
  return {
    kind: 'integration',
    sdk: sdk !== undefined,
    service,
    action,
    pattern: (pattern ?? 'request') as Pattern,
    resourceType: `${sdk ?? ''}${service}`,
    resource: pattern === undefined ? action : `${action}.${pattern}`,
  };
}
