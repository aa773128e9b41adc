import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { FINDINGS, SEVERITIES, type FindingCode, type Severity } from './finding.js';

@ApiSchema({ name: 'Finding' })
export class FindingDto {
  @ApiProperty({ enum: Object.keys(FINDINGS), example: 'lever_permission_missing' })
  code: FindingCode;

  @ApiProperty({ enum: SEVERITIES })
  severity: Severity;

  /** One sentence that says what to do. */
  @ApiProperty({ example: 'Give the Lever credentials the permission stages:read:admin.' })
  message: string;

  /** Where it is explained, in this project's documentation. */
  @ApiProperty({ example: 'docs/installation-check.md#lever_permission_missing' })
  docs: string;

  /** The field of the installation that it is about. */
  @ApiProperty({ required: false, type: String, example: 'lever.apiKey' })
  subject?: string;
}

@ApiSchema({ name: 'InstallationCheck' })
export class InstallationCheckDto {
  @ApiProperty({ format: 'date-time', type: String })
  checkedAt: Date;

  /** No finding is an error. */
  @ApiProperty({ example: true })
  ok: boolean;

  @ApiProperty({ type: [FindingDto] })
  findings: FindingDto[];
}
