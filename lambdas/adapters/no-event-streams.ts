/**
 * Stands in for `@smithy/core/event-streams` in every bundle (lib/bundle.ts): no call of Kiln's sends or receives a stream of
 * events, and the SDK asks for the codec only when one does.
 */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

export const eventStreamSerdeProvider = (): never => {
  throw new Error(
    'Kiln bundles the AWS SDK without event streams (lambdas/adapters/no-event-streams.ts)',
  );
};

export const EventStreamSerde = eventStreamSerdeProvider;
