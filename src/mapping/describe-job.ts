import type { CandidateDetails } from './candidate.js';
import type { MappedValue } from './mapping.js';
import { textOrNull } from './plain-text.js';

interface JobDescription {
  proposedPosition: string | null;
  jobLocation: string | null;
  values: MappedValue[];
}

/** The job's title and location travel with the applicant, whatever the reference is (M7). */
export function describeJob(
  candidate: Pick<CandidateDetails, 'positionTitle' | 'location' | 'locationFrom'>,
): JobDescription {
  const proposedPosition = textOrNull(candidate.positionTitle);
  const jobLocation = textOrNull(candidate.location);
  return {
    proposedPosition,
    jobLocation,
    values: [
      {
        field: 'proposedPosition',
        value: proposedPosition,
        source: 'posting.title',
        reason: proposedPosition === null ? 'The job has no title.' : "The job's title.",
      },
      {
        field: 'jobLocation',
        value: jobLocation,
        source: sourceOfLocation(candidate),
        reason:
          jobLocation === null ? 'The job has no location.' : WHY_LOCATION[candidate.locationFrom ?? 'job'],
      },
    ],
  };
}

const WHY_LOCATION = {
  opportunity: "The location chosen for the opportunity, which wins over the posting's.",
  posting: "The posting's location, for none is chosen for the opportunity.",
  job: "The job's location.",
} as const;

/** Where the location is from: `opportunity.location`, `posting.location`, or `job.location` when that is not known. */
export const sourceOfLocation = ({ locationFrom }: Pick<CandidateDetails, 'locationFrom'>): string =>
  `${locationFrom ?? 'job'}.location`;
