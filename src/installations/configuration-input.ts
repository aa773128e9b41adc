import { parseSettings, type Settings } from '../mapping/settings.js';
import { DomainError } from '../platform/errors/domain-error.js';
import type { CertificationDto, InstallationPatchDto, NewInstallationDto } from './installation.dto.js';
import type { Certification, Configuration } from './installation.js';
import type { SecretChanges } from './installations.js';

/** @throws DomainError `invalid_settings` with every fault */
export function newConfiguration(input: NewInstallationDto): Configuration {
  return consistent({
    name: input.name.trim(),
    triggerStageIds: input.triggerStageIds,
    leverPerformAs: input.lever.performAs ?? null,
    victigClientGuid: input.victig.clientGuid,
    certification: certificationOf(input.certification),
    settings: validSettings(input.settings),
  });
}

/** @throws DomainError `invalid_settings` with every fault */
export function changedConfiguration(current: Configuration, patch: InstallationPatchDto): Configuration {
  return consistent({
    name: patch.name?.trim() ?? current.name,
    triggerStageIds: patch.triggerStageIds ?? current.triggerStageIds,
    leverPerformAs: patch.lever?.performAs === undefined ? current.leverPerformAs : patch.lever.performAs,
    victigClientGuid: patch.victig?.clientGuid ?? current.victigClientGuid,
    certification: patch.certification ? certificationOf(patch.certification) : current.certification,
    settings: patch.settings ? validSettings({ ...current.settings, ...patch.settings }) : current.settings,
  });
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

/** What settings alone cannot tell: Lever takes files only on behalf of one of its users (R5). */
function consistent(configuration: Configuration): Configuration {
  if (!configuration.settings.attachReport || configuration.leverPerformAs !== null) return configuration;
  throw new DomainError(
    'invalid',
    'invalid_settings',
    'The settings contradict themselves or are incomplete.',
    [
      {
        path: 'settings.attachReport',
        message:
          'attachReport needs lever.performAs: Lever takes files only on behalf of a user. Name one, or switch it off.',
      },
    ],
  );
}

function validSettings(input: Record<string, unknown>): Settings {
  const parsed = parseSettings(input);
  if (parsed.ok) return parsed.settings;
  throw new DomainError(
    'invalid',
    'invalid_settings',
    'The settings contradict themselves or are incomplete.',
    parsed.faults.map(({ path, message }) => ({
      path: path === '' ? 'settings' : `settings.${path}`,
      message,
    })),
  );
}
