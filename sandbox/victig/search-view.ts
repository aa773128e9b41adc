import type { JsonObject } from '../json.ts';
import type { OrderSearch } from './victig-state.ts';

export function searchView(search: OrderSearch, withResults = false): JsonObject {
  const { orderSearchGuid, type, displayName, status, result, modifiedDate } = search;
  return {
    orderSearchGuid,
    type,
    displayName,
    status,
    result: result ?? undefined,
    modifiedDate,
    ...(withResults ? { results: resultsOf(search) } : {}),
  };
}

/** A clear county search is `{}`, without even `records` (recorded). Dates in records are dirty on purpose. */
function resultsOf(search: OrderSearch): JsonObject {
  const records = search.result === 'yes' ? { records: [RECORD] } : {};
  if (search.type !== 'NATIONAL_CRIMINAL_DATABASE_ALIAS') return records;
  return {
    jurisdictionsSearched: ['CA'],
    nameVariationsSearched: ['RUIZ, ANA'],
    ssnInfos: [],
    addressInfos: [],
    ...records,
  };
}

const RECORD = {
  subject: { fullName: 'RUIZ, ANA', dateOfBirth: 'XXXX-04-01' },
  caseNumber: 'CR-2020-0042',
  fileDate: '10/27/2020&nbsp;',
  provider: 'ALAMEDA',
  stateAbbreviation: 'CA',
  offenses: [
    {
      type: 'MISDEMEANOR',
      description: 'PETTY THEFT',
      offenseDate: '10/20/2020',
      sentenceInfo: {},
      dispositionInfo: {},
    },
  ],
};
