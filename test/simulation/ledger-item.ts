/** An item of the ledger, with the fields that tests look at. */
export interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly id?: string;
  readonly image?: string;
  readonly label?: string;
  readonly status?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly acquiredAt?: string;
  readonly supersededAt?: string;
  readonly releaseId?: string;
  readonly executionArn?: string;
  readonly generation?: number;
  readonly token?: string;
  readonly retryCount?: number;
  readonly buildVersionArn?: string;
  readonly bakeRequestedAt?: string;
  readonly wayBackReason?: string;
  readonly wayBackRounds?: number;
  readonly version?: string;
  readonly previous?: string;
  readonly value?: string;
  readonly eventId?: string;
  readonly current?: Specification;
  readonly history?: readonly Specification[];
  readonly causes?: readonly { readonly id: string }[];
  readonly wayBack?: { readonly attempts: number; readonly reason: string };
  readonly hold?: { readonly ours: boolean };
  readonly whatToDo?: string;
  readonly wave?: string;
  readonly decision?: string;
  readonly by?: string;
  readonly why?: string;
  readonly answeredAt?: string;
  readonly link?: { readonly nonce: string; readonly asked: string };
}
export interface Specification {
  readonly version: string;
  readonly imageId: string;
  readonly launchTemplateVersion: string;
}
