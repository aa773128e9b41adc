import type { JsonObject } from '../json.ts';
import type { Applicant } from './victig-state.ts';

/** Wire order and names of the fields an applicant may have; anything else that is sent is ignored, as recorded. */
const FIELDS_BEFORE_EMAIL = [
  'firstName',
  'middleName',
  'lastName',
  'generation',
  'gender',
  'dateOfBirth',
] as const;
const FIELDS_AFTER_EMAIL = [
  'ssn',
  'race',
  'phoneNumber',
  'driverLicense',
  'driverLicenseState',
  'proposedPosition',
  'proposedSalary',
  'jobCode',
  'jobLocation',
  'stateOfEmployment',
  'cityOfEmployment',
  'countyOfEmployment',
  'referredBy',
  'monthlyIncome',
] as const;

/** Milliseconds as a GET shows them: rounded to the second. */
export function toSecond(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}

/** As POST and PUT answer it: exact times. */
export function applicantAnswer(applicant: Applicant): JsonObject {
  return fullView(applicant, applicant.createdDate, applicant.modifiedDate);
}

/** As GET of one answers it: times rounded to the second. */
export function applicantDetail(applicant: Applicant): JsonObject {
  return fullView(applicant, toSecond(applicant.createdDate), toSecond(applicant.modifiedDate));
}

/** A list row: no `noMiddleName` and no child lists. */
export function applicantRow(applicant: Applicant): JsonObject {
  return {
    applicantGuid: applicant.applicantGuid,
    ...chosen(applicant.fields, FIELDS_BEFORE_EMAIL),
    ...chosen(applicant.fields, ['email']),
    ...chosen(applicant.fields, FIELDS_AFTER_EMAIL),
    textingEnabled: truthy(applicant.fields['textingEnabled']),
    ...authorship(applicant, toSecond(applicant.createdDate), toSecond(applicant.modifiedDate)),
  };
}

function fullView(applicant: Applicant, createdDate: number, modifiedDate: number): JsonObject {
  const { fields } = applicant;
  return {
    applicantGuid: applicant.applicantGuid,
    textingEnabled: truthy(fields['textingEnabled']),
    ...chosen(fields, ['firstName', 'middleName']),
    noMiddleName: truthy(fields['noMiddleName']),
    ...chosen(fields, ['lastName', 'generation', 'gender', 'dateOfBirth', 'email']),
    ...chosen(fields, FIELDS_AFTER_EMAIL),
    ...authorship(applicant, createdDate, modifiedDate),
    addresses: applicant.addresses,
    employment: [],
    education: [],
    aliases: [],
    professionalLicenses: [],
    references: [],
  };
}

function authorship(applicant: Applicant, createdDate: number, modifiedDate: number): JsonObject {
  const { createdBy, version } = applicant;
  return { createdDate, createdBy, modifiedDate, modifiedBy: createdBy, version };
}

/** The fields that are set: absent means null. The social security number comes back masked. */
function chosen(fields: JsonObject, names: readonly string[]): JsonObject {
  const set = names.filter((name) => fields[name] !== undefined && fields[name] !== null);
  return Object.fromEntries(set.map((name) => [name, name === 'ssn' ? masked(fields[name]) : fields[name]]));
}

function masked(ssn: unknown): string {
  return `XXX-XX-${String(ssn).slice(-4)}`;
}

/** Integrations send booleans as texts too. */
export function truthy(value: unknown): boolean {
  return value === true || value === 'true';
}
