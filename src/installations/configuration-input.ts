import type { SettingsFault } from '../mapping/settings-faults.js';
import { parseSettings, type Settings } from '../mapping/settings.js';
import { DomainError } from '../platform/errors/domain-error.js';
import type {
  CertificationDto,
  InstallationPatchDto,
  NewInstallationDto,
  RetentionInput,
} from './installation.dto.js';
import type { Certification, Configuration } from './installation.js';
import { NO_RETENTION_OF_ITS_OWN, type Retention } from './retention.js';
import type { SecretChanges } from './installations.js';

/** @throws DomainError `invalid_settings` with every fault */
export function newConfiguration(input: NewInstallationDto): Configuration {
  const leverPerformAs = input.lever.performAs ?? null;
  return {
    name: input.name.trim(),
    triggerStageIds: input.triggerStageIds,
    leverPerformAs,
    victigClientGuid: input.victig.clientGuid,
    certification: certificationOf(input.certification),
    settings: validSettings(input.settings, leverPerformAs),
    retention: retentionOf(NO_RETENTION_OF_ITS_OWN, input.retention),
  };
}

/** @throws DomainError `invalid_settings` with every fault */
export function changedConfiguration(current: Configuration, patch: InstallationPatchDto): Configuration {
  const leverPerformAs =
    patch.lever?.performAs === undefined ? current.leverPerformAs : patch.lever.performAs;
  return {
    name: patch.name?.trim() ?? current.name,
    triggerStageIds: patch.triggerStageIds ?? current.triggerStageIds,
    leverPerformAs,
    victigClientGuid: patch.victig?.clientGuid ?? current.victigClientGuid,
    certification: patch.certification ? certificationOf(patch.certification) : current.certification,
    settings: patch.settings
      ? validSettings({ ...current.settings, ...patch.settings }, leverPerformAs)
      : stillUsable(current.settings, leverPerformAs),
    retention: retentionOf(current.retention ?? NO_RETENTION_OF_ITS_OWN, patch.retention),
  };
}

/** How far another clock may be ahead of ours. */
const AHEAD_MS = 5 * 60_000;

/** Only what has been certified may be on record (V5). @throws DomainError `invalid_request` for a time to come */
export function refuseToCome(certification: CertificationDto | undefined, now: Date): void {
  if (!certification || Date.parse(certification.certifiedAt) <= now.getTime() + AHEAD_MS) return;
  throw new DomainError('invalid', 'invalid_request', 'The certification is still to come.', [
    {
      path: 'certification.certifiedAt',
      message: 'certifiedAt must be a time that has passed, such as 2026-11-22T00:00:00Z',
    },
  ]);
}

export function secretChanges(input: NewInstallationDto | InstallationPatchDto): SecretChanges {
  return {
    ...(input.lever?.apiKey === undefined ? {} : { leverApiKey: input.lever.apiKey }),
    ...(input.victig?.apiToken === undefined ? {} : { victigApiToken: input.victig.apiToken }),
    ...(input.victig?.webhookSecret === undefined ? {} : { victigWebhookSecret: input.victig.webhookSecret }),
  };
}

/** @throws DomainError `invalid_settings` when it would be erased by itself before it may be */
function retentionOf(before: Retention, input: RetentionInput = {}): Retention {
  const { days = before.days, floorDays = before.floorDays } = input;
  const { removeFromLever = before.removeFromLever } = input;
  if (days === null || days >= floorDays) return { days, floorDays, removeFromLever };
  const message = `retention.days (${days}) is below retention.floorDays (${floorDays}): raise the one or lower the other.`;
  throw new DomainError('invalid', 'invalid_settings', 'The retention contradicts itself.', [
    { path: 'retention.days', message },
  ]);
}

const certificationOf = ({ certifiedBy, certifiedAt, statement }: CertificationDto): Certification => ({
  certifiedBy,
  certifiedAt,
  statement,
});

function validSettings(input: Record<string, unknown>, leverPerformAs: string | null): Settings {
  const parsed = parseSettings(input);
  const faults = [...(parsed.ok ? [] : parsed.faults), ...missingUser(input, leverPerformAs)];
  if (parsed.ok && faults.length === 0) return parsed.settings;
  throw invalidSettings(faults);
}

/** Settings that do not change, beside something that does. */
function stillUsable(settings: Settings, leverPerformAs: string | null): Settings {
  const faults = missingUser(settings, leverPerformAs);
  if (faults.length === 0) return settings;
  throw invalidSettings(faults);
}

/** What settings alone cannot tell: Lever takes files only on behalf of one of its users (R5). */
const missingUser = (
  { attachReport }: { attachReport?: unknown },
  leverPerformAs: string | null,
): SettingsFault[] =>
  attachReport === true && leverPerformAs === null
    ? [
        {
          path: 'attachReport',
          message:
            'attachReport needs lever.performAs: Lever takes files only on behalf of a user. Name one, or switch it off.',
        },
      ]
    : [];

const invalidSettings = (faults: readonly SettingsFault[]): DomainError =>
  new DomainError(
    'invalid',
    'invalid_settings',
    'The settings contradict themselves or are incomplete.',
    faults.map(({ path, message }) => ({
      path: path === '' ? 'settings' : `settings.${path}`,
      message,
    })),
  );
