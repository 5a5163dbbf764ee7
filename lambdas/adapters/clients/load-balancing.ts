import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { lean, SETTINGS } from './lean.ts';

export type { ElasticLoadBalancingV2Client };

/** In a file of its own: a bundle carries the clients that it makes. */
export const loadBalancingClient = (): ElasticLoadBalancingV2Client =>
  lean(new ElasticLoadBalancingV2Client(SETTINGS));
