import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';

export type { ElasticLoadBalancingV2Client };

/** Region and credentials come from the environment. In a file of its own: a bundle carries the clients that it makes. */
export const loadBalancingClient = (): ElasticLoadBalancingV2Client =>
  new ElasticLoadBalancingV2Client({});
