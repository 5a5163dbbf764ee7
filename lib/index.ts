export { type KilnAppProps, kilnApp } from './app.ts';
export { BakedImage, type BakedImageProps, type IBakedImage } from './baked-image.ts';
export type { CatalogueError } from './catalogue/catalogue-error.ts';
export type { CheckedCatalogue } from './catalogue/checked-catalogue.ts';
export { defineCatalogue, loadCatalogue } from './catalogue/load.ts';
export type { CatalogueDefinition } from './catalogue/schema.ts';
export { Kiln, type KilnProps } from './kiln.ts';
export { Ledger, type LedgerProps } from './ledger.ts';
