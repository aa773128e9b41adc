import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../platform/access/principal.js';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { withPriority } from '../platform/http/call-priority.js';
import { finding, type Finding, type FindingCode } from './finding.js';
import { adviseOnSettings, inspectSetUp } from './inspect-set-up.js';
import { InstallationDirectory } from './installation-directory.js';
import type { InstallationInspector } from './installation-inspector.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { Installation, SecretKind } from './installation.js';
import { SharedLeverAccount } from './shared-lever-account.js';
import { SharedToken } from './shared-token.js';

/** A person waits for the answer. */
const TIME_FOR_ALL_MS = 25_000;

const FIELD_OF_SECRET: Record<SecretKind, string> = {
  lever_api_key: 'lever.apiKey',
  lever_access_token: 'lever.oauth',
  lever_refresh_token: 'lever.oauth',
  signature_token: 'signatureTokens',
  victig_api_token: 'victig.apiToken',
  victig_webhook_secret: 'victig.webhookSecret',
};

/** To whoever cannot open a secret it is missing; it is not, and one finding says what is the matter. */
const MISSING_TO: Partial<Record<FindingCode, RegExp>> = {
  lever_credentials_missing: /^lever\./,
  victig_token_missing: /^victig\.apiToken$/,
};

export interface CheckResult {
  checkedAt: Date;
  /** No finding is an error. */
  ok: boolean;
  findings: Finding[];
}

/** Tests an installation from end to end without ordering or writing anything (I7). */
@Injectable()
export class InstallationCheck {
  private readonly inspectors: InstallationInspector[] = [];

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    private readonly sharedToken: SharedToken,
    private readonly sharedLeverAccount: SharedLeverAccount,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  /** The vendors' rooms plug themselves in, for this room may not know them. */
  plugIn(inspector: InstallationInspector): void {
    this.inspectors.push(inspector);
  }

  async run(principal: Principal, installation: Installation): Promise<CheckResult> {
    const others = await this.sharedToken.othersFor(principal, installation.id);
    const marks = await this.secrets.marks(installation.id);
    const found = await withPriority('interactive', () =>
      Promise.all(
        this.inspectors.map((inspector) => inTime(inspector, inspector.inspect(installation, others))),
      ),
    );
    const shared = await this.inspectShared(installation);
    const unreadable = await this.inspectSecrets(installation);
    const setUp = inspectSetUp(installation.configuration, marks, this.config);
    const findings = [unreadable, setUp, shared, ...found]
      .flat()
      .filter(({ code }) => !unreadable.some(({ subject = '' }) => MISSING_TO[code]?.test(subject)));
    return {
      checkedAt: this.clock.now(),
      ok: findings.every(({ severity }) => severity !== 'error'),
      findings,
    };
  }

  /** What does not fit in settings that were saved; all of it warnings, for nothing of it stopped the saving. */
  async warningsOf(principal: Principal, installation: Installation): Promise<Finding[]> {
    const others = await this.sharedToken.othersFor(principal, installation.id);
    const found = await withPriority('interactive', () =>
      Promise.all(
        this.inspectors.map((inspector) =>
          inTime(inspector, inspector.inspectSettings(installation, others)),
        ),
      ),
    );
    const shared = await this.inspectShared(installation);
    const findings = [adviseOnSettings(installation.configuration.settings), shared, ...found].flat();
    return findings.map(asWarning);
  }

  /** Before an installation is activated; one that is not there, or active already, passes. @throws DomainError `not_ready` */
  async demandReady(principal: Principal, id: string): Promise<void> {
    const before = await this.directory.find(id);
    if (!before || before.state === 'active') return;
    const refused = await this.tryAgain(principal, before);
    const installation = (await this.directory.find(id)) ?? before;
    const { findings } = await this.run(principal, installation);
    const errors = [
      ...refused,
      ...findings.filter(
        ({ severity, subject }) =>
          severity === 'error' && !refused.some((known) => known.subject === subject),
      ),
    ];
    if (errors.length === 0) return;
    throw new DomainError(
      'conflict',
      'not_ready',
      'The installation cannot be activated yet.',
      errors.map(({ code, subject, message }) => ({ path: subject ?? code, message })),
    );
  }

  private async tryAgain({ actor }: Principal, installation: Installation): Promise<Finding[]> {
    const found = await withPriority('interactive', () =>
      Promise.all(
        this.inspectors.map((inspector) => inTime(inspector, inspector.tryAgain(actor, installation))),
      ),
    );
    return found.flat();
  }

  private async inspectSecrets({ id }: Installation): Promise<Finding[]> {
    const kinds = await this.secrets.unreadableKinds(id);
    const fields = new Set(kinds.map((kind) => FIELD_OF_SECRET[kind]));
    return [...fields].map((field) => finding('secret_unreadable', field, { secret: field }));
  }

  /** What comes of other installations. */
  private async inspectShared(installation: Installation): Promise<Finding[]> {
    return [
      ...(await this.sharedToken.inspect(installation)),
      ...(await this.sharedLeverAccount.inspect(installation)),
    ];
  }
}

const asWarning = (found: Finding): Finding => ({ ...found, severity: 'warning' });

async function inTime(inspector: InstallationInspector, found: Promise<Finding[]>): Promise<Finding[]> {
  const late = Promise.withResolvers<Finding[]>();
  const timer = setTimeout(() => late.resolve([inspector.unfinished()]), TIME_FOR_ALL_MS);
  try {
    return await Promise.race([found, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
