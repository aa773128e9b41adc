/** What is known of a candidate and the job when an order is mapped; all of it comes from Lever. */
export interface CandidateDetails {
  /** One full-name string as the applicant tracking system has it; empty when unknown. */
  name: string;
  emails: readonly string[];
  phones: readonly string[];
  tags: readonly string[];
  positionTitle: string | null;
  positionDepartment: string | null;
  /** The job's location, not the candidate's home. */
  location: string | null;
  /** Which of the two the location is from, where both may have one; absent when a person wrote it by hand. */
  locationFrom?: 'opportunity' | 'posting';
}
