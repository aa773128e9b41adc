import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { ROLES, type Role } from '../platform/access/roles.js';
import { IsName, NAME_PATTERN } from '../platform/http/is-name.js';
import { IsInstant } from '../platform/http/is-instant.js';

@ApiSchema({ name: 'NewKey' })
export class NewKeyDto {
  /** Who or what uses it. */
  @ApiProperty({ example: 'Nightly report', pattern: NAME_PATTERN })
  @IsString()
  @Length(1, 200)
  @IsName()
  name: string;

  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  role: Role;

  /** The only installation it may know of; left out or null: all. */
  @ApiProperty({ required: false, nullable: true, format: 'uuid', type: String })
  @IsOptional()
  @IsUUID()
  installationId?: string | null;

  /** From when on it is refused; left out or null: never. */
  @ApiProperty({ required: false, nullable: true, format: 'date-time', type: String })
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;
}

export const KEY_STATES = ['active', 'expired', 'revoked'] as const;

@ApiSchema({ name: 'Key' })
export class KeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  name: string;

  @ApiProperty({ enum: ROLES })
  role: Role;

  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  installationId: string | null;

  /** The last four characters of the key. */
  @ApiProperty({ example: 'x7Qw' })
  lastFour: string;

  @ApiProperty({ enum: KEY_STATES })
  state: (typeof KEY_STATES)[number];

  @ApiProperty({ format: 'date-time', type: String })
  createdAt: Date;

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  expiresAt: Date | null;

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  revokedAt: Date | null;
}

@ApiSchema({ name: 'CreatedKey' })
export class CreatedKeyDto extends KeyDto {
  /** The key itself. It is shown only now. */
  @ApiProperty({ example: 'lvk_…' })
  key: string;
}

@ApiSchema({ name: 'KeyPage' })
export class KeyPageDto {
  items: KeyDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
