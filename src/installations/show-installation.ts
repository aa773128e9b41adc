import type { InstallationDto, SecretMarkDto, SignatureTokenDto } from './installation.dto.js';
import type { Installation, SecretKind, SecretMark } from './installation.js';
import type { OAuthStanding } from './lever-connection.js';
import { NO_RETENTION_OF_ITS_OWN } from './retention.js';
import { webhookUrls } from './webhook-urls.js';

/** What leaves of an installation: everything but its secrets (I2). */
export function showInstallation(
  installation: Installation,
  secrets: readonly SecretMark[],
  oauth: OAuthStanding | null,
  publicUrl: string,
): InstallationDto {
  const { configuration } = installation;
  const markOf = (kind: SecretKind): SecretMarkDto | null => {
    const mark = secrets.find((secret) => secret.kind === kind);
    return mark ? { set: true, lastFour: mark.lastFour } : null;
  };
  return {
    id: installation.id,
    name: configuration.name,
    state: installation.state,
    settingsVersion: installation.settingsVersion,
    lever: { apiKey: markOf('lever_api_key'), oauth, performAs: configuration.leverPerformAs },
    signatureTokens: secrets.filter(({ kind }) => kind === 'signature_token').map(showSignatureToken),
    triggerStageIds: configuration.triggerStageIds,
    victig: {
      clientGuid: configuration.victigClientGuid,
      apiToken: markOf('victig_api_token'),
      webhookSecret: markOf('victig_webhook_secret'),
    },
    certification: configuration.certification,
    settings: configuration.settings,
    retention: configuration.retention ?? NO_RETENTION_OF_ITS_OWN,
    webhookUrls: webhookUrls(publicUrl, installation.id),
    createdAt: installation.createdAt,
    updatedAt: installation.updatedAt,
  };
}

export function showSignatureToken(mark: SecretMark): SignatureTokenDto {
  return { id: mark.id, set: true, lastFour: mark.lastFour, createdAt: mark.createdAt };
}
