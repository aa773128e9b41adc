import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';

interface Column {
  name: string;
  isJson: boolean;
}

/** What is to be written to the columns of one row. */
export interface ColumnValues {
  /** In the order of the values. */
  names: readonly string[];
  /** As `pg` takes them. */
  values: readonly unknown[];
}

/**
 * Names the columns of an entity's properties, as its declaration does. For statements that are made thousands of times a
 * minute, which TypeORM builds anew each time.
 */
export class EntityColumns<T extends ObjectLiteral> {
  private byProperty: ReadonlyMap<string, Column> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly entity: EntityTarget<T>,
  ) {}

  /** What is undefined is left out. @throws Error for what is no property of the entity, which is a mistake of ours */
  valuesOf(row: Partial<T>): ColumnValues {
    const properties: [string, unknown][] = Object.entries(row);
    const written = properties.filter(([, value]) => value !== undefined);
    const columns = written.map(([property]) => this.columnOf(property));
    return {
      names: columns.map(({ name }) => name),
      values: written.map(([, value], at) =>
        columns[at]?.isJson === true && value !== null ? JSON.stringify(value) : value,
      ),
    };
  }

  private columnOf(property: string): Column {
    const column = (this.byProperty ??= this.read()).get(property);
    if (!column) throw new Error(`${this.dataSource.getMetadata(this.entity).tablePath} has no ${property}`);
    return column;
  }

  private read(): ReadonlyMap<string, Column> {
    const { columns } = this.dataSource.getMetadata(this.entity);
    return new Map(
      columns.map(({ propertyName, databaseName, type }) => [
        propertyName,
        { name: databaseName, isJson: type === 'jsonb' },
      ]),
    );
  }
}
