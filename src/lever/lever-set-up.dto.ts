import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, ValidateIf } from 'class-validator';
import { SignatureTokenDto } from '../installations/installation.dto.js';

@ApiSchema({ name: 'LeverStage' })
export class StageDto {
  /** What `triggerStageIds` takes. */
  @ApiProperty({ example: 'c78a59b9-0f6c-42a1-8cac-c7911d3e450d' })
  id: string;

  @ApiProperty({ example: 'Background Check' })
  name: string;

  /** A check is ordered when a candidate is moved here. */
  isTrigger: boolean;
}

@ApiSchema({ name: 'LeverStages' })
export class StagesDto {
  /** In the order of the pipeline. */
  items: StageDto[];
}

@ApiSchema({ name: 'NewLeverWebhook' })
export class NewWebhookDto {
  /** Put a new webhook in the place of the one there is. */
  @ApiProperty({ required: false, default: false, type: Boolean })
  @ValidateIf((body: NewWebhookDto) => body.replace !== undefined)
  @IsBoolean()
  replace?: boolean;
}

@ApiSchema({ name: 'LeverWebhook' })
export class WebhookDto {
  @ApiProperty({ example: '63281ccb-a459-4fd8-8de9-a36afbdddd8b' })
  id: string;

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  createdAt: Date | null;
}

@ApiSchema({ name: 'LeverWebhookState' })
export class WebhookStateDto {
  @ApiProperty({ example: 'candidateStageChange' })
  event: string;

  /** Where the webhook has to point. */
  @ApiProperty({ example: 'https://bgc.example.com/webhooks/lever/0199…' })
  url: string;

  /** When a stage change last came in; null for never. "Verify connection" does not count. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  lastDeliveryAt: Date | null;

  /** What a person has to do before stage changes come in; null for nothing. */
  @ApiProperty({ nullable: true, type: String })
  hint: string | null;
}

@ApiSchema({ name: 'LeverWebhooks' })
export class WebhooksDto extends WebhookStateDto {
  /** Those of this event and address in the Lever account; one is as it should be. */
  items: WebhookDto[];
}

@ApiSchema({ name: 'CreatedLeverWebhook' })
export class CreatedWebhookDto extends WebhookStateDto {
  @ApiProperty({ example: '63281ccb-a459-4fd8-8de9-a36afbdddd8b' })
  id: string;

  /** The webhook's own, sealed. */
  signatureToken: SignatureTokenDto;

  /** Ids of older webhooks that it replaced. */
  removed: string[];

  /** Ids of older webhooks that Lever did not let go: remove them by hand. */
  notRemoved: string[];
}
