import { Injectable, type OnModuleInit } from '@nestjs/common';
import { attempt, clockSkew, oneOfEach } from '../installations/attempt.js';
import { finding, type Finding } from '../installations/finding.js';
import { InstallationCheck } from '../installations/installation-check.js';
import { InstallationInspector } from '../installations/installation-inspector.js';
import type { Configuration, Installation } from '../installations/installation.js';
import { NotConnected, VendorCredentials } from '../installations/vendor-credentials.js';
import { isSameGuid, type Client, type OtherClients } from '../mapping/catalogue.js';
import { valueOfField } from '../mapping/match-clients.js';
import { nearestName } from '../mapping/near-miss.js';
import { quote, trimSpaces } from '../mapping/plain-text.js';
import { Clock } from '../platform/clock.js';
import type { UpstreamError } from '../platform/errors/upstream-error.js';
import { accountOf } from './victig-account.js';
import { VictigClient, type VictigAccount } from './victig-client.js';

const COMPARED = { clientCode: 'code', clientName: 'name', clientCity: 'city' } as const;

/** What VICTIG contributes to the check of an installation (I7). */
@Injectable()
export class VictigInspector extends InstallationInspector implements OnModuleInit {
  constructor(
    private readonly check: InstallationCheck,
    private readonly credentials: VendorCredentials,
    private readonly clock: Clock,
    private readonly client: VictigClient,
  ) {
    super();
  }

  onModuleInit(): void {
    this.check.plugIn(this);
  }

  override unfinished(): Finding {
    return finding('victig_unreachable', undefined, { operation: 'everything' });
  }

  override async inspect({ id, configuration }: Installation, others: OtherClients): Promise<Finding[]> {
    const account = await this.accountOf(id);
    if (account === null) return [finding('victig_token_missing', 'victig.apiToken')];
    const found = await Promise.all([
      attempt(() => this.inspectClients(account, configuration, others), explain),
      attempt(() => this.inspectProducts(account, configuration), explainClient),
      attempt(() => this.inspectCities(account, configuration), explainCities),
      attempt(() => this.inspectClock(account), explain),
    ]);
    return oneOfEach(found.flat());
  }

  /** Whether the products and sub-clients that the settings name are there. */
  override async inspectSettings(
    { id, configuration }: Installation,
    others: OtherClients,
  ): Promise<Finding[]> {
    const account = await this.accountOf(id);
    if (account === null) return [finding('victig_token_missing', 'victig.apiToken')];
    const found = await Promise.all([
      attempt(() => this.inspectProducts(account, configuration), explainClient),
      configuration.settings.subClientBy === 'none'
        ? []
        : attempt(() => this.inspectClients(account, configuration, others), explain),
      attempt(() => this.inspectCities(account, configuration), explainCities),
    ]);
    return oneOfEach(found.flat());
  }

  private async accountOf(installationId: string): Promise<VictigAccount | null> {
    try {
      return accountOf(await this.credentials.victigOf(installationId));
    } catch (error) {
      if (error instanceof NotConnected) return null;
      throw error;
    }
  }

  private async inspectClients(
    account: VictigAccount,
    configuration: Configuration,
    others: OtherClients,
  ): Promise<Finding[]> {
    const { rows: clients, unreadable } = await this.client.listVisibleClients(account);
    const main = clients.find(({ guid }) => isSameGuid(guid, configuration.victigClientGuid));
    const status = main?.status ?? 'ACTIVE';
    return [
      ...(main ? [] : [finding('victig_client_unknown', 'victig.clientGuid')]),
      ...(status.toUpperCase() === 'ACTIVE'
        ? []
        : [finding('victig_client_not_active', 'victig.clientGuid', { status })]),
      ...leftOut('clients', unreadable),
      ...inspectSubClients(
        clients.filter(({ isActive }) => isActive !== false),
        configuration,
        others,
      ),
    ];
  }

  private async inspectProducts(
    account: VictigAccount,
    { victigClientGuid, settings }: Configuration,
  ): Promise<Finding[]> {
    const wanted = trimSpaces(settings.defaultProduct);
    const { rows: products, unreadable } = await this.client.asListed(account, victigClientGuid, (guid) =>
      this.client.listOfferedProducts(account, guid),
    );
    const names = products.map(({ name }) => trimSpaces(name));
    const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    const ofDefault = products.filter(({ name }) => trimSpaces(name) === wanted);
    const path = 'settings.defaultProduct';
    const nearest = nearestName(wanted, names);
    return [
      ...(ofDefault.length > 0
        ? []
        : [
            finding('default_product_unknown', path, {
              product: quote(wanted),
              nearest: nearest ? quote(nearest.name) : 'none',
            }),
          ]),
      ...leftOut('products', unreadable),
      ...[...twice].map((name) => finding('product_name_twice', undefined, { product: quote(name) })),
      ...(ofDefault.some(({ usesQuickapp }) => usesQuickapp === false)
        ? [finding('product_without_quickapp', path, { product: quote(wanted) })]
        : []),
    ];
  }

  private async inspectCities(
    account: VictigAccount,
    { victigClientGuid, settings }: Configuration,
  ): Promise<Finding[]> {
    if (settings.subClientBy !== 'clientCity' || Object.keys(settings.clientCities).length > 0) return [];
    await this.client.asListed(account, victigClientGuid, (guid) =>
      this.client.probeClientRecord(account, guid),
    );
    return [];
  }

  private async inspectClock(account: VictigAccount): Promise<Finding[]> {
    return clockSkew('victig_clock_skew', await this.client.readClock(account), this.clock.now());
  }
}

function inspectSubClients(
  clients: readonly Client[],
  { victigClientGuid, settings }: Configuration,
  others: OtherClients,
): Finding[] {
  if (settings.subClientBy === 'none') return [];
  const field = COMPARED[settings.subClientBy];
  const values = clients.flatMap((client) => valueOfField(client, field) ?? []);
  const counts = new Map(values.map((value) => [value, values.filter((other) => other === value).length]));
  const twice = [...counts].filter(([, count]) => count > 1);
  const main = clients.find(({ guid }) => isSameGuid(guid, victigClientGuid));
  const own = main && valueOfField(main, field);
  const named = others === 'named' ? twice : twice.filter(([value]) => value === own);
  const mappedCities = field === 'city' ? Object.entries(settings.clientCities) : [];
  const unknown = mappedCities.filter(
    ([, mapped]) => !clients.some(({ guid }) => isSameGuid(guid, trimSpaces(mapped))),
  );
  return [
    ...(clients.some(({ guid }) => !isSameGuid(guid, victigClientGuid))
      ? []
      : [finding('sub_clients_missing', 'settings.subClientBy')]),
    ...named.map(([value, count]) =>
      finding('sub_client_ambiguous', 'settings.subClientBy', {
        count: String(count),
        value: quote(value),
      }),
    ),
    ...(named.length < twice.length
      ? [
          finding('sub_client_ambiguous', 'settings.subClientBy', {
            count: 'several',
            value: 'the same value',
          }),
        ]
      : []),
    ...unknown.map(([city]) =>
      finding('mapped_client_unknown', 'settings.clientCities', { city: quote(city) }),
    ),
  ];
}

const leftOut = (list: string, count: number): Finding[] =>
  count === 0 ? [] : [finding('victig_rows_unreadable', undefined, { list, count: String(count) })];

function explain({ failure, details }: UpstreamError): Finding {
  if (failure !== 'unauthorized') {
    return finding('victig_unreachable', undefined, { operation: details.operation });
  }
  return details.status === 403
    ? finding('victig_permission_missing', 'victig.apiToken', { operation: details.operation })
    : finding('victig_refused', 'victig.apiToken');
}

const explainClient = (error: UpstreamError): Finding =>
  error.details.status === 404 ? finding('victig_client_unknown', 'victig.clientGuid') : explain(error);

/** The type of a token shows only in what it may not do. */
const explainCities = (error: UpstreamError): Finding =>
  error.failure === 'unauthorized' && error.details.status === 403
    ? finding('victig_token_reads_no_cities', 'settings.clientCities')
    : explainClient(error);
