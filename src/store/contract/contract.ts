import type { StoreLocation } from '../open-store.ts';
import type { Store } from '../store.ts';

/** What a contract test works on: a store on a fresh, empty database, and further processes' views of that database. */
export interface Given {
  readonly store: Store;
  readonly location: StoreLocation;
  /** Opens another store on the same database, as a second process would; closed after the test. */
  another(): Promise<Store>;
  /** A further database without any table. */
  emptyDatabase(): Promise<StoreLocation>;
}
