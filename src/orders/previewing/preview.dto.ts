import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { CandidateDetails } from '../../mapping/candidate.js';
import { NamedGuidDto } from '../admin/order.dto.js';

const TEXT_LIMIT = 1_000;
const LIST_LIMIT = 500;

@ApiSchema({ name: 'HandWrittenCandidate' })
export class CandidateDto implements CandidateDetails {
  /** The full name, as in Lever. */
  @ApiProperty({ example: 'Ana María Ruiz' })
  @IsString()
  @MaxLength(TEXT_LIMIT)
  name: string;

  @ApiProperty({ example: ['ana.ruiz@example.com'], type: [String] })
  @IsArray()
  @ArrayMaxSize(LIST_LIMIT)
  @IsString({ each: true })
  @MaxLength(TEXT_LIMIT, { each: true })
  emails: string[];

  @ApiProperty({ required: false, example: ['(415) 226-0134'], type: [String] })
  @ValidateIf((candidate: CandidateDto) => candidate.phones !== undefined)
  @IsArray()
  @ArrayMaxSize(LIST_LIMIT)
  @IsString({ each: true })
  @MaxLength(TEXT_LIMIT, { each: true })
  phones: string[] = [];

  @ApiProperty({ required: false, example: ['Product: Criminal Package 2'], type: [String] })
  @ValidateIf((candidate: CandidateDto) => candidate.tags !== undefined)
  @IsArray()
  @ArrayMaxSize(LIST_LIMIT)
  @IsString({ each: true })
  @MaxLength(TEXT_LIMIT, { each: true })
  tags: string[] = [];

  @ApiProperty({ required: false, nullable: true, example: 'Support Lead', type: String })
  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LIMIT)
  positionTitle: string | null = null;

  @ApiProperty({ required: false, nullable: true, example: 'Customer Success', type: String })
  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LIMIT)
  positionDepartment: string | null = null;

  /** The job's location. */
  @ApiProperty({ required: false, nullable: true, example: 'San Francisco, CA', type: String })
  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LIMIT)
  location: string | null = null;
}

@ApiSchema({ name: 'PreviewRequest' })
export class PreviewRequestDto {
  /** Lever's id of an opportunity; or give a candidate. */
  @ApiProperty({ required: false, example: '8f1c2b7e-3d5a-4a56-9c0e-1f2d3c4b5a69', type: String })
  @ValidateIf((request: PreviewRequestDto) => request.opportunityId !== undefined)
  @Matches(/^[\w-]{1,100}$/, { message: '$property must be an id: 1 to 100 letters, digits, _ and -' })
  opportunityId?: string;

  @ApiProperty({ required: false })
  @ValidateIf((request: PreviewRequestDto) => request.candidate !== undefined)
  @IsObject()
  @ValidateNested()
  @Type(() => CandidateDto)
  candidate?: CandidateDto;

  /** A change of the settings to preview, written as for saving it: what is left out stays as it is. */
  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: true,
    example: { productPrefix: 'Package:' },
  })
  @ValidateIf((request: PreviewRequestDto) => request.settings !== undefined)
  @IsObject()
  settings?: Record<string, unknown>;
}

@ApiSchema({ name: 'ApplicantPreview' })
export class ApplicantDto {
  firstName: string;

  @ApiProperty({ nullable: true, type: String })
  middleName: string | null;

  lastName: string;

  /** Suffix such as `Jr.`. */
  @ApiProperty({ nullable: true, type: String })
  generation: string | null;

  email: string;

  @ApiProperty({ nullable: true, type: String })
  phone: string | null;

  textingEnabled: boolean;

  @ApiProperty({ nullable: true, type: String })
  proposedPosition: string | null;

  @ApiProperty({ nullable: true, type: String })
  jobLocation: string | null;
}

@ApiSchema({ name: 'OrderPreview' })
export class OrderPreviewDto {
  product: NamedGuidDto;

  client: NamedGuidDto;

  @ApiProperty({ nullable: true, type: String })
  reference: string | null;

  applicant: ApplicantDto;

  /** VICTIG sends the QuickApp invitation. */
  notifyApplicant: boolean;
}

@ApiSchema({ name: 'MappedValue' })
export class MappedValueDto {
  @ApiProperty({ example: 'product' })
  field: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }],
    example: 'Criminal Package 2',
  })
  value: string | boolean | null;

  /** Where it came from. */
  @ApiProperty({ example: 'tag' })
  source: string;

  /** Which rule, what was considered and why it lost. */
  @ApiProperty({
    example:
      'The tag "Product: Criminal Package 2" names it, so the default "Criminal Package 1" is not ordered.',
  })
  reason: string;
}

@ApiSchema({ name: 'CodedSentence' })
export class CodedSentenceDto {
  @ApiProperty({ example: 'missing_email' })
  code: string;

  @ApiProperty({ example: 'Background check not ordered: the opportunity has no email address. …' })
  message: string;
}

@ApiSchema({ name: 'Preview' })
export class PreviewDto {
  /** Null exactly when something is refused. */
  @ApiProperty({ type: OrderPreviewDto, nullable: true })
  order: OrderPreviewDto | null;

  /** Why each value is what it is. */
  values: MappedValueDto[];

  warnings: CodedSentenceDto[];

  /** With the very text that the recruiter would read. */
  refusals: CodedSentenceDto[];
}
