import { settingsContradictions } from '../mapping/settings-contradictions.js';
import type { Settings } from '../mapping/settings.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { finding, type Finding } from './finding.js';
import { isCertified, type Configuration, type SecretMark } from './installation.js';

/** What can be told of an installation without asking a vendor. */
export function inspectSetUp(
  configuration: Configuration,
  secrets: readonly SecretMark[],
  config: AppConfig,
): Finding[] {
  const has = (kind: SecretMark['kind']): boolean => secrets.some((mark) => mark.kind === kind);
  const { settings, certification, leverPerformAs, triggerStageIds } = configuration;
  const reachable = config.http.publicUrl.startsWith('https://') || config.outgoing.allowPrivateHosts;
  return [
    ...(has('signature_token') ? [] : [finding('signature_token_missing', 'signatureTokens')]),
    ...(triggerStageIds.length > 0 ? [] : [finding('trigger_stage_not_set', 'triggerStageIds')]),
    ...(reachable ? [] : [finding('public_url_not_https')]),
    ...(isCertified(certification) ? [] : [finding('certification_missing', 'certification')]),
    ...(settings.attachReport && leverPerformAs === null
      ? [finding('perform_as_missing', 'lever.performAs')]
      : []),
    ...(has('victig_webhook_secret') || config.victig.webhookSecret !== undefined
      ? []
      : [finding('victig_secret_missing', 'victig.webhookSecret')]),
    ...adviseOnSettings(settings),
    ...settingsContradictions(settings).map(({ path, message }) =>
      finding('settings_contradictory', `settings.${path}`, { fault: message }),
    ),
  ];
}

/** What may be meant, and more often is not. */
export function adviseOnSettings(settings: Settings): Finding[] {
  const { quickApp, subClientBy, subClientPrefix, clientCities, referenceBy, referencePrefix } = settings;
  return [
    ...(quickApp.text && !quickApp.email ? [finding('invited_by_text_alone', 'settings.quickApp')] : []),
    ...(subClientPrefix !== null && subClientBy === 'none'
      ? [finding('sub_client_prefix_unused', 'settings.subClientPrefix')]
      : []),
    ...(Object.keys(clientCities).length > 0 && subClientBy !== 'clientCity'
      ? [finding('client_cities_unused', 'settings.clientCities')]
      : []),
    ...(referencePrefix !== null && referenceBy !== 'tags'
      ? [finding('reference_prefix_unused', 'settings.referencePrefix')]
      : []),
  ];
}
