import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { SharedToken } from '../installations/shared-token.js';
import { isSameGuid, type Product } from '../mapping/catalogue.js';
import { trimSpaces } from '../mapping/plain-text.js';
import { ScreeningProvider } from '../orders/ports/screening-provider.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { VICTIG_PROBLEMS } from '../platform/errors/problem-codes.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { ClientsDto, ProductsDto, ProductsQuery } from './victig-catalogue.dto.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

/** What VICTIG offers an installation, so that clients and products are picked by name. Asked for afresh, within a limit. */
@ApiTags('VICTIG')
@Controller('admin/v1/installations/:id')
export class VictigCatalogueController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly sharedToken: SharedToken,
    private readonly provider: ScreeningProvider,
  ) {}

  @Get('clients')
  @AdminRoute({
    right: 'installations:read',
    operationId: 'listVictigClients',
    summary: 'List the clients at VICTIG',
    description:
      "Asked for at VICTIG as the products are. All that the installation's VICTIG token, or else the service's, may see. A key that is bound to an installation without a token of its own sees the main client only, for the service's token sees every customer's.",
    problems: [...VICTIG_PROBLEMS],
  })
  @ApiOkResponse({ type: ClientsDto })
  async clients(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ClientsDto> {
    const { configuration } = await this.directory.readFor(principal, id);
    const others = await this.sharedToken.othersFor(principal, id);
    const withCities = configuration.settings.subClientBy === 'clientCity';
    const known = await this.provider.listClients(id, { fresh: true, withCities });
    const isMain = (guid: string): boolean => isSameGuid(guid, configuration.victigClientGuid);
    const clients = others === 'named' ? known : known.filter(({ guid }) => isMain(guid));
    return {
      items: clients.map(({ guid, name, code, city }) => ({
        guid,
        name,
        code,
        city,
        isMain: isMain(guid),
      })),
    };
  }

  @Get('products')
  @AdminRoute({
    right: 'installations:read',
    operationId: 'listVictigProducts',
    summary: 'List the products of a client at VICTIG',
    description:
      'To pick the default product by its name. Asked for at VICTIG each time; where that is often, what is at most half a minute old.',
    problems: [...VICTIG_PROBLEMS, 'client_not_found'],
  })
  @ApiOkResponse({ type: ProductsDto })
  async products(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() query: ProductsQuery,
  ): Promise<ProductsDto> {
    const { configuration } = await this.directory.readFor(principal, id);
    const clientGuid = query.clientGuid ?? configuration.victigClientGuid;
    const isMain = isSameGuid(clientGuid, configuration.victigClientGuid);
    if (!isMain && (await this.sharedToken.othersFor(principal, id)) === 'unnamed') throw clientNotFound();
    const products = await this.productsOf(id, clientGuid);
    const byDefault = trimSpaces(configuration.settings.defaultProduct);
    return {
      items: products.map(({ guid, name }) => ({ guid, name, isDefault: trimSpaces(name) === byDefault })),
    };
  }

  private async productsOf(id: string, clientGuid: string): Promise<readonly Product[]> {
    try {
      return await this.provider.listProducts(id, clientGuid, { fresh: true });
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.details.status !== 404) throw error;
      throw clientNotFound();
    }
  }
}

const clientNotFound = (): DomainError =>
  new DomainError(
    'not_found',
    'client_not_found',
    'VICTIG has no such client, or the token may not see it: list the clients.',
  );
