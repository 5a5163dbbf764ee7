/**
 * Stands in for `@aws-sdk/middleware-endpoint-discovery` in every bundle (lib/bundle.ts): discovery is off unless a client
 * asks for it, which Kiln's never do, and its cache is dead weight.
 * @see DynamoDB API reference, DescribeEndpoints
 */
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;

/** Where the SDK looks for the setting; nothing ever reads what it finds. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => false,
  configFileSelector: () => false,
  default: false,
};
