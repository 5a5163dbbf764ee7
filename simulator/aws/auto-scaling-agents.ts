import type { World } from '../contract.ts';
import { type Group, isInService } from './auto-scaling-group.ts';
import type { CloudWatch } from './cloudwatch.ts';
import type { Ec2 } from './ec2.ts';

/** A metric that every instance of a group publishes, as the CloudWatch agent or an application does. */
export interface PublishedMetric {
  readonly namespace: string;
  readonly name: string;
  /** `{{instance}}` and `{{image}}` in a value stand for those of who publishes. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** How the burden of the image shows in it. */
  readonly shows: 'burden' | 'relief' | 'nothing';
}

interface AgentParts {
  readonly world: World;
  readonly ec2: Ec2;
  readonly cloudWatch: CloudWatch;
}

const MINUTE_MS = 60_000;
const USUAL = 40;
/** Of one instance's minutes around its mean, as a share of it. */
const SPREAD = 0.05;
/** Traffic rises and falls for all instances alike, by this share in so many minutes. */
const SWELL = 0.1;
const SWELL_MINUTES = 90;
const usually = (): number => 1;

/** Invented numbers (chosen): a common level, the image's burden, and noise of each instance's own. */
export class InstanceAgents {
  readonly #parts: AgentParts;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  /** For the minute that began at `minuteMs`. */
  publish(group: Group, metrics: readonly PublishedMetric[], minuteMs: number): void {
    const { world, ec2, cloudWatch } = this.#parts;
    const level = 1 + SWELL * Math.sin((2 * Math.PI * minuteMs) / (SWELL_MINUTES * MINUTE_MS));
    for (const member of group.members.values()) {
      if (!isInService(member)) continue;
      const { instanceId } = member.instance;
      const { imageId } = member.launch;
      // A stream of its own: what is published changes nothing of what else is measured.
      const random = world.random(`published/${instanceId}`);
      const minute = Math.max(
        0,
        Math.floor((minuteMs + MINUTE_MS - (member.inServiceMs ?? 0)) / MINUTE_MS),
      );
      const { burden: burdenAt = usually } = ec2.behaviourOf(imageId);
      const burden = burdenAt(minute, random);
      if (burden === undefined) continue;
      const share = { burden, relief: 1 / burden, nothing: 1 } as const;
      const filled = (text: string) =>
        text.replaceAll('{{instance}}', instanceId).replaceAll('{{image}}', imageId);
      for (const { namespace, name, dimensions, shows } of metrics) {
        const noise = 1 + 2 * SPREAD * (random() + random() + random() - 1.5);
        cloudWatch.publish({
          ...{ namespace, name, atMs: minuteMs },
          value: USUAL * level * share[shows] * noise,
          dimensions: Object.fromEntries(
            Object.entries(dimensions).map(([key, value]) => [key, filled(value)]),
          ),
        });
      }
    }
  }
}
