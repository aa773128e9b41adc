import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Fault } from './domain-error.js';

@ApiSchema({ name: 'Fault' })
export class FaultDto implements Fault {
  /** Where, as a dotted path into the body. */
  @ApiProperty({ example: 'settings.productPrefix' })
  path: string;

  /** What is wrong there. */
  @ApiProperty({ example: 'must not be empty' })
  message: string;
}

/** An RFC 9457 problem document; every error of the service is one (P1). */
@ApiSchema({ name: 'Problem' })
export class ProblemDto {
  /** A URI that names the kind of problem. */
  @ApiProperty({ example: 'urn:lever-victig:problem:installation_not_found' })
  type: string;

  /** The HTTP status in words. */
  @ApiProperty({ example: 'Not Found' })
  title: string;

  /** The HTTP status. */
  @ApiProperty({ example: 404 })
  status: number;

  /** Stable, for programs. */
  @ApiProperty({ example: 'installation_not_found' })
  code: string;

  /** One sentence for people. */
  @ApiProperty({ example: 'There is no such installation.' })
  detail: string;

  /** All that is wrong with the request, where more than one thing can be. */
  @ApiProperty({ type: [FaultDto], required: false })
  errors?: Fault[];

  /** The statuses of an order that would have allowed it. */
  @ApiProperty({ type: [String], required: false, example: ['error'] })
  allowedStatuses?: string[];
}
