import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BakedImage } from '../baked-image.ts';
import type { CheckedCatalogue } from '../catalogue/checked-catalogue.ts';

export interface ImageStackProps extends StackProps {
  readonly catalogue: CheckedCatalogue;
  /** Name of an image of the catalogue. */
  readonly image: string;
}

/** One image of the catalogue. A stack of its own, so that images change without touching the hub. */
export class ImageStack extends Stack {
  readonly image: BakedImage;

  constructor(scope: Construct, id: string, props: ImageStackProps) {
    super(scope, id, props);
    this.image = new BakedImage(this, 'Image', props);
  }
}
