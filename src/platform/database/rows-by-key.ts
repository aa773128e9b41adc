import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { GroupRead } from './group-read.js';

/** A property of the entity that is a text. */
type TextProperty<T> = {
  [K in keyof T & string]: T[K] extends string ? K : never;
}[keyof T & string];

interface Statement {
  text: string;
  /** What is read. */
  columns: readonly { property: string; name: string }[];
}

/** Reads single rows of an entity. Those that are asked for at the same time come by one statement. */
export class RowsByKey<T extends ObjectLiteral> {
  private readonly rows: GroupRead<readonly string[], T>;
  private statement: Statement | null = null;

  /**
   * @param by the properties of the key
   * @param order SQL: of several rows of a key the one that is the first by it; left out: there is one at most
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<T>,
    private readonly by: readonly TextProperty<T>[],
    private readonly order?: string,
  ) {
    this.rows = new GroupRead((keys) => this.ask(keys));
  }

  /** @param key values of the properties, in their order */
  find(...key: readonly string[]): Promise<T | null> {
    return this.rows.find(key);
  }

  private async ask(keys: readonly (readonly string[])[]): Promise<(readonly [number, T])[]> {
    const { text, columns } = (this.statement ??= this.prepare());
    const asked = keys.map((values, place) => ({
      place,
      ...Object.fromEntries(values.map((value, at) => [`key${at}`, value])),
    }));
    const found = await this.dataSource.query<Record<string, unknown>[]>(text, [JSON.stringify(asked)]);
    return found.map((row) => [
      Number(row['asked_place']),
      Object.fromEntries(columns.map(({ property, name }) => [property, row[name]])) as T,
    ]);
  }

  /**
   * Each key by itself, so that the server takes the index for it; and the keys as JSON, of which it does not know how
   * many they are, so that it plans once and not each time.
   */
  private prepare(): Statement {
    const { tablePath, columns: all } = this.dataSource.getMetadata(this.entity);
    const columnOf = (property: string): { name: string; type: string } => {
      const column = all.find(({ propertyName }) => propertyName === property);
      if (!column) throw new Error(`${tablePath} has no ${property}`);
      return { name: column.databaseName, type: String(column.type) };
    };
    const keys = this.by.map(columnOf);
    const columns = all
      .filter(({ isSelect }) => isSelect)
      .map(({ propertyName, databaseName }) => ({ property: propertyName, name: databaseName }));
    return {
      columns,
      text: `SELECT found.*, asked.place AS asked_place
        FROM jsonb_to_recordset($1::jsonb)
               AS asked (place integer, ${keys.map(({ type }, at) => `key${at} ${type}`).join(', ')}),
             LATERAL (
               SELECT ${columns.map(({ name }) => name).join(', ')} FROM ${tablePath}
               WHERE ${keys.map(({ name }, at) => `${name} = asked.key${at}`).join(' AND ')}
               ${this.order === undefined ? '' : `ORDER BY ${this.order}`}
               LIMIT 1) AS found`,
    };
  }
}
