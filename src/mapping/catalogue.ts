/** A client of the screening provider: the main client of an installation, or a sub-client. */
export interface Client {
  guid: string;
  name: string;
  code: string | null;
  /** Known only where the provider's token may read client records. */
  city: string | null;
  /** False where the provider says that it is no longer in use; it is not matched then (M4). */
  isActive?: boolean;
}

/** A guid is the same in capitals: people type it, and the provider may write it so. Each is kept as it was given. */
export const isSameGuid = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether what is said of a mapping may name clients that are not ordered under; they may be other customers'. */
export type OtherClients = 'named' | 'unnamed';

/** A product as one client may order it; the guid belongs to that client and to no other (M6). */
export interface Product {
  guid: string;
  name: string;
}
