import { ApiProperty, ApiSchema, OmitType, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { PageQuery } from '../platform/http/page.js';
import { CertificationDto, InstallationDto, LeverDto, RetentionDto, VictigDto } from './installation.dto.js';

export class VersionPageQuery extends OmitType(PageQuery, ['cursor'] as const) {
  /** `nextCursor` of the page before. */
  @ApiProperty({ required: false, type: String, example: '3' })
  @IsOptional()
  @Matches(/^[1-9]\d{0,8}$/, { message: '$property must be the number of a version, as nextCursor gives it' })
  cursor?: string;
}

@ApiSchema({ name: 'VersionMark' })
export class VersionMarkDto {
  @ApiProperty({ example: 3 })
  version: number;

  /** Who made it, as the audit trail names them. */
  @ApiProperty({ example: 'admin_key:0199a3c1-7d7e-7c3a-9b1e-2f6a4c8d9e01' })
  changedBy: string;

  @ApiProperty({ format: 'date-time', type: String })
  changedAt: Date;

  /** True of the newest one: by it orders are mapped now. */
  current: boolean;
}

@ApiSchema({ name: 'VersionPage' })
export class VersionPageDto {
  items: VersionMarkDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

@ApiSchema({ name: 'VersionLever' })
export class VersionLeverDto extends PickType(LeverDto, ['performAs'] as const) {}

@ApiSchema({ name: 'VersionVictig' })
export class VersionVictigDto extends PickType(VictigDto, ['clientGuid'] as const) {}

/** Secrets belong to no version: they are neither kept here nor restored. */
@ApiSchema({ name: 'InstallationVersion' })
export class InstallationVersionDto extends VersionMarkDto {
  @ApiProperty({ example: 'Acme' })
  name: InstallationDto['name'];

  lever: VersionLeverDto;

  @ApiProperty({ type: [String] })
  triggerStageIds: InstallationDto['triggerStageIds'];

  victig: VersionVictigDto;

  certification: CertificationDto;

  @ApiProperty({ type: 'object', additionalProperties: true })
  settings: InstallationDto['settings'];

  retention: RetentionDto;
}

const ANY_JSON = [
  ...['string', 'boolean', 'number', 'null', 'object'].map((type) => ({ type })),
  { type: 'array', items: {} },
];

@ApiSchema({ name: 'ConfigurationChange' })
export class ConfigurationChangeDto {
  @ApiProperty({ example: 'settings.quickApp.text' })
  path: string;

  /** Left out where the version has no such thing. */
  @ApiProperty({ required: false, oneOf: ANY_JSON, example: false })
  before?: unknown;

  /** Left out where the version has no such thing. */
  @ApiProperty({ required: false, oneOf: ANY_JSON, example: true })
  after?: unknown;
}

@ApiSchema({ name: 'VersionComparison' })
export class VersionComparisonDto {
  @ApiProperty({ example: 2 })
  before: number;

  @ApiProperty({ example: 3 })
  after: number;

  /** By path, in alphabetical order; empty when both are equal. */
  changes: ConfigurationChangeDto[];
}
