import { App, type AppProps, Tags } from 'aws-cdk-lib';
import settings from '../cdk.json' with { type: 'json' };
import type { CheckedCatalogue } from './catalogue/checked-catalogue.ts';
import { HubStack } from './stacks/hub-stack.ts';
import { ImageStack } from './stacks/image-stack.ts';

export interface KilnAppProps {
  readonly catalogue: CheckedCatalogue;
  /** Directory of the bundles. @default dist/functions */
  readonly bundles?: string | undefined;
  /** Where the templates go. @default - what the CDK command line says, else a directory under /tmp */
  readonly outdir?: string | undefined;
  /** Whether the CDK checks the templates against CloudFormation's schemas, which takes seconds. @default true */
  readonly validate?: boolean | undefined;
}

/**
 * The whole app of a catalogue: `Kiln-<hub>-Hub` and a `Kiln-<hub>-Image-<name>` for each image. Whoever synthesizes it
 * (the CDK command line, the rehearsal, a test) has the feature flags of cdk.json, so that all get the same templates.
 */
export function kilnApp({ catalogue, bundles, outdir, validate }: KilnAppProps): App {
  const appProps: AppProps = {
    context: settings.context,
    // A resource that only the command line would add.
    analyticsReporting: false,
    ...(validate === undefined ? {} : { builtinCloudFormationValidation: validate }),
    ...(outdir === undefined ? {} : { outdir }),
  };
  const app = new App(appProps);
  const images = Object.fromEntries(
    Object.keys(catalogue.images).map((image) => {
      const id = `Kiln-${catalogue.hub}-Image-${image}`;
      const description = `Kiln: bakes image ${image}`;
      return [image, new ImageStack(app, id, { catalogue, image, description }).image];
    }),
  );
  new HubStack(app, `Kiln-${catalogue.hub}-Hub`, {
    description: 'Kiln: releases of machine images to fleets',
    catalogue,
    images,
    bundles,
  });
  Tags.of(app).add('kiln:hub', catalogue.hub);
  return app;
}
