/** The parameter by which the user's own templates learn which image a fleet runs. Written by Kiln alone. */
export const fleetImageParameter = (hub: string, fleet: string): string =>
  `/kiln/${hub}/fleets/${fleet}/image-id`;
