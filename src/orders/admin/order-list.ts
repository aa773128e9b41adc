import { Injectable } from '@nestjs/common';
import { DataSource, In, type SelectQueryBuilder } from 'typeorm';
import { mayKnow, type Principal } from '../../platform/access/principal.js';
import { eldestIdOf, youngestIdOf } from '../../platform/ids-of-time.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { QUICK_APP_WARNINGS, type Order } from '../domain/order.js';
import { ORDER_STATUSES } from '../domain/order-status.js';
import { REPORT_WARNINGS } from '../domain/report-warning.js';
import { opportunityIdOf } from './opportunity-link.js';
import type { OrderQuery, SearchedWarning } from './order-query.dto.js';
import { OrderRow } from '../order.entity.js';
import { spellingsOf } from '../provider-guid.js';
import { tsqueryOf } from './search-words.js';
import { shownStatus } from './shown-status.js';

type Rows = SelectQueryBuilder<OrderRow>;

/** So many of an installation are looked through for words before the index of words is. */
const NEWEST = 200;

/** Finds orders. */
@Injectable()
export class OrderList {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Newest first, one row more than wanted when there are more. A page ends with an id, and ids are ordered by time:
   * what is written meanwhile stands before the first page and moves no other (P2).
   */
  async page(query: OrderQuery, onlyInstallationId: string | null): Promise<Order[]> {
    const shortCut = await this.byShortCut(query, onlyInstallationId);
    if (shortCut) return shortCut;
    const rows = this.dataSource.manager
      .createQueryBuilder(OrderRow, 'orders')
      .orderBy('orders.id', 'DESC')
      .limit(query.limit + 1);
    if (onlyInstallationId !== null) {
      rows.andWhere('orders.installationId = :onlyInstallationId', { onlyInstallationId });
    }
    narrow(rows, query, onlyInstallationId ?? query.installationId);
    if (query.cursor !== undefined) rows.andWhere('orders.id < :cursor', { cursor: query.cursor });
    return rows.getMany();
  }

  /**
   * The page of an installation's orders with a word or a warning and nothing else, where their ids are found without
   * reading and ordering all the orders that have it; the planner does not know how many of an installation those are.
   */
  private async byShortCut(
    { installationId, text, warning, limit, cursor, ...others }: OrderQuery,
    onlyInstallationId: string | null,
  ): Promise<Order[] | null> {
    const known = onlyInstallationId ?? installationId;
    const isAllThatIsSought = Object.values(others).every((value) => value === undefined);
    if (known === undefined || (installationId ?? known) !== known || !isAllThatIsSought) return null;
    const before = cursor === undefined ? '' : 'AND id < $3';
    const rest = cursor === undefined ? [] : [cursor];
    const idsOf = async (sql: string, sought: string): Promise<string[]> => {
      const rows = await this.dataSource.query<{ id: string }[]>(sql, [known, sought, ...rest]);
      return rows.map(({ id }) => id);
    };
    if (text !== undefined && warning === undefined) {
      const ids = await idsOf(
        `SELECT id FROM (SELECT id, words FROM orders WHERE installation_id = $1 ${before}
                         ORDER BY id DESC LIMIT ${NEWEST}) AS newest
         WHERE words @@ ($2)::tsquery LIMIT ${limit + 1}`,
        tsqueryOf(text, known),
      );
      return ids.length > limit ? this.readOf(known, ids) : null;
    }
    if (text === undefined && isMappingWarning(warning)) {
      const ids = await idsOf(
        `SELECT id FROM orders
         WHERE installation_id = $1 ${before} AND mapping_warnings <> '{}' AND $2 = ANY (mapping_warnings)
         ORDER BY id DESC LIMIT ${limit + 1}`,
        warning,
      );
      return this.readOf(known, ids);
    }
    return null;
  }

  private async readOf(installationId: string, ids: readonly string[]): Promise<Order[]> {
    if (ids.length === 0) return [];
    const where = { installationId, id: In([...ids]) };
    return this.dataSource.manager.find(OrderRow, { where, order: { id: 'DESC' } });
  }

  async find(id: string): Promise<Order | null> {
    return this.dataSource.manager.findOneBy(OrderRow, { id });
  }

  /** Another installation's order is not there at all (A5). @throws DomainError `order_not_found` */
  async readFor(principal: Principal, id: string): Promise<Order> {
    const order = await this.find(id);
    if (order && mayKnow(principal, order.installationId)) return order;
    throw new DomainError('not_found', 'order_not_found', 'There is no such order.');
  }
}

function narrow(rows: Rows, query: OrderQuery, ofInstallation: string | undefined): void {
  const { installationId, orderGuid, fileNumber, product, settingsVersion } = query;
  const { status, opportunityId, from, to, text, warning } = query;
  if (installationId) rows.andWhere('orders.installationId = :installationId', { installationId });
  if (orderGuid) rows.andWhere('orders.providerOrderGuid IN (:...guids)', { guids: spellingsOf(orderGuid) });
  if (fileNumber) rows.andWhere('orders.fileNumber = :fileNumber', { fileNumber });
  if (product) rows.andWhere('orders.productName = :product', { product });
  if (settingsVersion) rows.andWhere('orders.settingsVersion = :settingsVersion', { settingsVersion });
  if (opportunityId) {
    rows.andWhere('orders.opportunityId = :opportunity', { opportunity: opportunityIdOf(opportunityId) });
  }
  if (status) {
    const statuses = ORDER_STATUSES.filter((candidate) => shownStatus(candidate) === status);
    rows.andWhere('orders.status IN (:...statuses)', { statuses });
  }
  if (from) {
    rows.andWhere('orders.createdAt >= :from AND orders.id >= :eldest', {
      from: new Date(from),
      eldest: eldestIdOf(new Date(from)),
    });
  }
  if (to) {
    rows.andWhere('orders.createdAt < :to AND orders.id <= :youngest', {
      to: new Date(to),
      youngest: youngestIdOf(new Date(to)),
    });
  }
  if (text) rows.andWhere('orders.words @@ (:words)::tsquery', { words: tsqueryOf(text, ofInstallation) });
  if (warning) warnedOf(rows, warning, ofInstallation);
}

/** Each kind of warning is kept where it arises. */
function warnedOf(rows: Rows, warning: SearchedWarning, ofInstallation: string | undefined): void {
  if (isOneOf(REPORT_WARNINGS, warning)) {
    rows.andWhere(`orders.report_warnings <> '[]' AND orders.report_warnings @> :warned::jsonb`, {
      warned: JSON.stringify([{ code: warning }]),
    });
  } else if (isOneOf(QUICK_APP_WARNINGS, warning)) {
    rows.andWhere(`orders.quick_app ->> 'warning' = :warning`, { warning });
  } else if (ofInstallation !== undefined) {
    // By the warned orders of the installation: those of all others are many, and the planner takes them for few.
    rows.andWhere(`orders.mapping_warnings <> '{}' AND :warning = ANY (orders.mapping_warnings)`, {
      warning,
    });
  } else {
    rows.andWhere('orders.mapping_warnings @> ARRAY[:warning]::text[]', { warning });
  }
}

const isMappingWarning = (warning: SearchedWarning | undefined): warning is SearchedWarning =>
  warning !== undefined && !isOneOf([...REPORT_WARNINGS, ...QUICK_APP_WARNINGS], warning);

const isOneOf = (codes: readonly string[], code: string): boolean => codes.includes(code);
