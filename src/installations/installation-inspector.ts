import type { OtherClients } from '../mapping/catalogue.js';
import type { Finding } from './finding.js';
import type { Installation } from './installation.js';

/** What one room contributes to the check of an installation. It only reads: nothing is ordered or written (I7). */
export abstract class InstallationInspector {
  /** Called when it takes too long, in place of what it would have found. */
  abstract unfinished(): Finding;
  /**
   * Failures of a vendor are findings; throws only for faults of our own.
   * @param others whether findings may name VICTIG clients beside the main one
   */
  abstract inspect(installation: Installation, others: OtherClients): Promise<Finding[]>;
  /** What of the settings does not fit what the vendor has, told to whoever saves them; by default nothing. */
  inspectSettings(_installation: Installation, _others: OtherClients): Promise<Finding[]> {
    return Promise.resolve([]);
  }
  /**
   * Before an installation is activated, and no part of the check: has the vendor judge anew what it refused before, and keeps
   * that it takes it again; by default nothing.
   * @returns what is still in the way
   */
  tryAgain(_actor: string, _installation: Installation): Promise<Finding[]> {
    return Promise.resolve([]);
  }
}
