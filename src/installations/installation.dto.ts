import { ApiProperty, ApiSchema, OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IfGiven } from '../platform/http/if-given.js';
import { IsName, NAME_PATTERN } from '../platform/http/is-name.js';
import { CALLBACK_SECRETS } from '../platform/webhooks/callback-secrets.js';
import { Trimmed } from '../platform/http/trimmed.js';
import { FindingDto } from './installation-check.dto.js';
import { INSTALLATION_STATES, type InstallationState } from './installation.js';
import type { Retention } from './retention.js';
import { MOST_SIGNATURE_TOKENS } from './signature-tokens.js';
import { WAITING_CHOICES, type WaitingChoice } from './waiting-choice.js';

/** Lever's and VICTIG's ids: opaque, but never more than letters, digits, `-` and `_`. */
export const VENDOR_ID = /^[\w-]{1,100}$/;

/** Described from the settings' own schema, see open-api.ts. */
const SETTINGS = { type: 'object', additionalProperties: true } as const;

const SECRET_EXAMPLE = 'a-secret-that-is-sealed-and-never-returned';

@ApiSchema({ name: 'LeverConnectionInput' })
export class LeverInput {
  /** A Lever API key. Sealed; never returned. */
  @ApiProperty({ required: false, example: SECRET_EXAMPLE, type: String })
  @ValidateIf((input: LeverInput) => input.apiKey !== undefined)
  @Trimmed()
  @IsString()
  @Length(8, 500)
  apiKey?: string;

  /** A Lever user id on whose behalf notes and tags are written. */
  @ApiProperty({
    required: false,
    nullable: true,
    example: '32bc4d3b-0000-4000-8000-2e575047001e',
    type: String,
  })
  @IsOptional()
  @Matches(VENDOR_ID, { message: '$property must be an id as the vendor gives it' })
  performAs?: string | null;
}

@ApiSchema({ name: 'VictigConnectionInput' })
export class VictigInput {
  /** The main VICTIG client that is ordered under. */
  @ApiProperty({ example: '34f3264e-138a-47d1-987c-f2673a569b96' })
  @Matches(VENDOR_ID, { message: '$property must be an id as the vendor gives it' })
  clientGuid: string;

  /** The installation's own VICTIG API token; null: the service's is used. Sealed; never returned. */
  @ApiProperty({ required: false, nullable: true, example: SECRET_EXAMPLE, type: String })
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(8, 4000)
  apiToken?: string | null;

  /**
   * The installation's own callback secret, or while it is rotated two, separated by a comma; null: the service's is used.
   * Sealed; never returned.
   */
  @ApiProperty({ required: false, nullable: true, example: SECRET_EXAMPLE, type: String })
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(8, 500)
  @Matches(CALLBACK_SECRETS, {
    message:
      '$property must be a secret without a comma, or two with one between them, of at least 8 characters each; ASCII characters only',
  })
  webhookSecret?: string | null;
}

@ApiSchema({ name: 'Certification' })
export class CertificationDto {
  /** Who certifies. */
  @ApiProperty({ example: 'Director of HR, Acme', pattern: NAME_PATTERN })
  @IsString()
  @Length(1, 200)
  @IsName()
  certifiedBy: string;

  /** When, ISO 8601: a time that has passed. */
  @ApiProperty({ example: '2026-11-22T00:00:00Z' })
  @IsISO8601({ strict: true })
  certifiedAt: string;

  /** The text that is certified. */
  @ApiProperty({
    example: 'Checks are ordered for employment purposes only, with the consent of the candidate.',
  })
  @IsString()
  @Length(1, 10_000)
  @Matches(/\S/, { message: '$property must not be blank' })
  statement: string;
}

/** How long records may be kept, in days: a hundred years. */
const MOST_DAYS = 36_500;

@ApiSchema({ name: 'Retention' })
export class RetentionDto implements Retention {
  /** Orders are erased by themselves so many days after their end; null: after the service's RETENTION_DAYS. */
  @ApiProperty({ nullable: true, type: 'integer', minimum: 1, maximum: MOST_DAYS, example: 365 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_DAYS)
  days: number | null;

  /** Nothing is erased earlier, neither by itself nor on request: for who must keep records by law. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MOST_DAYS, example: 0 })
  @IsInt()
  @Min(0)
  @Max(MOST_DAYS)
  floorDays: number;

  /** Erasing by itself also takes our tags, notes and report files from Lever. */
  @ApiProperty({ example: false })
  @IsBoolean()
  removeFromLever: boolean;
}

@ApiSchema({ name: 'RetentionInput' })
export class RetentionInput extends PartialType(RetentionDto, { skipNullProperties: false }) {}

@ApiSchema({ name: 'NewInstallation' })
export class NewInstallationDto {
  /** How people call it. */
  @ApiProperty({ example: 'Acme', pattern: NAME_PATTERN })
  @IsString()
  @Length(1, 200)
  @IsName()
  name: string;

  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => LeverInput)
  lever: LeverInput;

  /** Signature tokens of the Lever webhook; several at once while one is rotated. Sealed; never returned. */
  @ApiProperty({ required: false, example: [SECRET_EXAMPLE], type: [String] })
  @IfGiven()
  @Trimmed()
  @IsArray()
  @ArrayMaxSize(MOST_SIGNATURE_TOKENS)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(8, 500, { each: true })
  signatureTokens?: string[];

  /** Ids of the Lever stages that order a check. */
  @ApiProperty({ example: ['c78a59b9-0f6c-42a1-8cac-c7911d3e450d'], type: [String] })
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @Matches(VENDOR_ID, { each: true, message: 'each of triggerStageIds must be an id as Lever gives it' })
  triggerStageIds: string[];

  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => VictigInput)
  victig: VictigInput;

  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => CertificationDto)
  certification: CertificationDto;

  /** How orders are mapped and shown; only `defaultProduct` is required. */
  @ApiProperty(SETTINGS)
  @IsDefined()
  @IsObject()
  settings: Record<string, unknown>;

  /** How long personal data of its orders is kept. What is left out has its default; in a change it stays. */
  @ApiProperty({ required: false, type: RetentionInput })
  @ValidateIf((body: { retention?: unknown }) => body.retention !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => RetentionInput)
  retention?: RetentionInput;
}

/** A field that is left out stays as it is; null is not "left out". */
const ONLY_WHAT_IS_GIVEN = { skipNullProperties: false };

@ApiSchema({ name: 'VictigConnectionPatch' })
export class VictigPatch extends PartialType(VictigInput, ONLY_WHAT_IS_GIVEN) {}

@ApiSchema({ name: 'InstallationPatch' })
export class InstallationPatchDto extends PartialType(
  OmitType(NewInstallationDto, ['signatureTokens', 'victig', 'settings'] as const),
  ONLY_WHAT_IS_GIVEN,
) {
  @ApiProperty({ required: false })
  @ValidateIf((patch: InstallationPatchDto) => patch.victig !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => VictigPatch)
  victig?: VictigPatch;

  /** Each field given replaces that field as a whole; the others stay. */
  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    example: { productPrefix: 'Package:' },
  })
  @ValidateIf((patch: InstallationPatchDto) => patch.settings !== undefined)
  @IsObject()
  settings?: Record<string, unknown>;
}

@ApiSchema({ name: 'NewSignatureToken' })
export class NewSignatureTokenDto {
  /** The signature token that Lever shows for its webhook. */
  @ApiProperty({ example: SECRET_EXAMPLE })
  @Trimmed()
  @IsString()
  @Length(8, 500)
  token: string;
}

@ApiSchema({ name: 'SecretMark' })
export class SecretMarkDto {
  /** Always true: a secret that is not set is null as a whole. */
  @ApiProperty({ example: true })
  set: true;

  /** Its last four characters. */
  @ApiProperty({ example: 'f852' })
  lastFour: string;
}

@ApiSchema({ name: 'SignatureToken' })
export class SignatureTokenDto extends SecretMarkDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time', type: String })
  createdAt: Date;
}

@ApiSchema({ name: 'Activation' })
export class ActivationDto {
  /** What becomes of stage changes that waited while the installation was disconnected. */
  @ApiProperty({ required: false, enum: WAITING_CHOICES })
  @ValidateIf((body: ActivationDto) => body.waiting !== undefined)
  @IsIn(WAITING_CHOICES)
  waiting?: WaitingChoice;
}

@ApiSchema({ name: 'LeverOAuth' })
export class LeverOAuthDto {
  /** When a Super Admin last agreed. */
  @ApiProperty({ format: 'date-time', type: String })
  connectedAt: Date;

  /** When its tokens were last renewed. */
  @ApiProperty({ format: 'date-time', type: String })
  refreshedAt: Date;

  /** When Lever ends the access, a year after it was granted. */
  @ApiProperty({ format: 'date-time', type: String })
  expiresAt: Date;

  /** What a person has to do soon; null for nothing. */
  @ApiProperty({ nullable: true, type: String })
  warning: string | null;
}

@ApiSchema({ name: 'LeverConnection' })
export class LeverDto {
  @ApiProperty({ type: SecretMarkDto, nullable: true })
  apiKey: SecretMarkDto | null;

  /** The connection by OAuth; null when there is none, or when Lever refuses it. */
  @ApiProperty({ type: LeverOAuthDto, nullable: true })
  oauth: LeverOAuthDto | null;

  @ApiProperty({ nullable: true, type: String })
  performAs: string | null;
}

@ApiSchema({ name: 'VictigConnection' })
export class VictigDto {
  @ApiProperty()
  clientGuid: string;

  @ApiProperty({ type: SecretMarkDto, nullable: true })
  apiToken: SecretMarkDto | null;

  @ApiProperty({ type: SecretMarkDto, nullable: true })
  webhookSecret: SecretMarkDto | null;
}

@ApiSchema({ name: 'WebhookUrls' })
export class WebhookUrlsDto {
  /** Where Lever sends `candidateStageChange`. */
  @ApiProperty({ example: 'https://bgc.example.com/webhooks/lever/0199…' })
  lever: string;

  /** Where VICTIG sends callbacks for this installation alone. */
  @ApiProperty({ example: 'https://bgc.example.com/webhooks/victig/0199…' })
  victig: string;
}

@ApiSchema({ name: 'Installation' })
export class InstallationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Acme' })
  name: string;

  @ApiProperty({ enum: INSTALLATION_STATES })
  state: InstallationState;

  /** Grows with every change; also the ETag. */
  @ApiProperty({ example: 1 })
  settingsVersion: number;

  lever: LeverDto;

  signatureTokens: SignatureTokenDto[];

  triggerStageIds: string[];

  victig: VictigDto;

  certification: CertificationDto;

  @ApiProperty(SETTINGS)
  settings: object;

  retention: RetentionDto;

  webhookUrls: WebhookUrlsDto;

  @ApiProperty({ format: 'date-time', type: String })
  createdAt: Date;

  @ApiProperty({ format: 'date-time', type: String })
  updatedAt: Date;
}

@ApiSchema({ name: 'SavedInstallation' })
export class SavedInstallationDto extends InstallationDto {
  /** What does not fit in the settings, such as a product that VICTIG does not have; none of it stops the saving. */
  warnings: FindingDto[];
}

@ApiSchema({ name: 'InstallationPage' })
export class InstallationPageDto {
  items: InstallationDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
