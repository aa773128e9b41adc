import type { CandidateDetails } from './candidate.js';
import type { MappedValue } from './mapping.js';
import { textOrNull } from './plain-text.js';

interface JobDescription {
  proposedPosition: string | null;
  jobLocation: string | null;
  values: MappedValue[];
}

/** The job's title and location travel with the applicant, whatever the reference is (M7). */
export function describeJob(candidate: Pick<CandidateDetails, 'positionTitle' | 'location'>): JobDescription {
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
        source: 'job.location',
        reason:
          jobLocation === null
            ? 'The job has no location.'
            : "The job's location: the opportunity's own, else the posting's.",
      },
    ],
  };
}
