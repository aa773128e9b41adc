import type { MappingSource } from '../domain/order-event.js';

interface Mapped {
  warnings?: string[];
  /** An erasure leaves none. */
  sources?: MappingSource[] | null;
}

/**
 * What an event tells to a key that is bound to an installation. Where several clients fit a tag or a location, the reason
 * for the one that is ordered under names them all, and by the service's VICTIG token they may be other customers' (A5);
 * also where the installation has a token of its own by now.
 */
export function withoutOtherClients<D extends Mapped>(data: D): D {
  const { warnings = [], sources } = data;
  if (!sources || !warnings.includes('sub_client_ambiguous')) return data;
  return {
    ...data,
    sources: sources.map((one) => (one.field === 'client' ? { field: one.field, source: one.source } : one)),
  };
}
