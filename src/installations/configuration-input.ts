import type { SettingsFault } from '../mapping/settings-faults.js';
import { parseSettings, type Settings } from '../mapping/settings.js';
import { DomainError } from '../platform/errors/domain-error.js';
import type { CertificationDto, InstallationPatchDto, NewInstallationDto } from './installation.dto.js';
import type { Certification, Configuration } from './installation.js';
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
  };
}

export function secretChanges(input: NewInstallationDto | InstallationPatchDto): SecretChanges {
  return {
    ...(input.lever?.apiKey === undefined ? {} : { leverApiKey: input.lever.apiKey }),
    ...(input.victig?.apiToken === undefined ? {} : { victigApiToken: input.victig.apiToken }),
    ...(input.victig?.webhookSecret === undefined ? {} : { victigWebhookSecret: input.victig.webhookSecret }),
  };
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
