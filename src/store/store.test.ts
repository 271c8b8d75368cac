import { storeContract } from './contract/store-contract.ts';
import { sqlite } from './testing/databases.ts';

storeContract(sqlite);
