import type { DataSource } from 'typeorm';

interface Described {
  table_name: string;
  line: string;
}

const COLUMNS = `
  SELECT table_name, column_name || ' ' || udt_name
         || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
         || COALESCE(' default ' || column_default, '') AS line
  FROM information_schema.columns
  WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY table_name, ordinal_position`;

const CONSTRAINTS = `
  SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid) AS line
  FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    AND conrelid::regclass::text <> 'migrations' ORDER BY 1, 2`;

const INDEXES = `
  SELECT tablename AS table_name, indexdef AS line FROM pg_indexes
  WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1, 2`;

const TRIGGERS = `
  SELECT tgrelid::regclass::text AS table_name, pg_get_triggerdef(oid) AS line FROM pg_trigger
  WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  ORDER BY 1, 2`;

/** The schema as the migrations make it, for people and for finding drift; one section for each table. */
export async function describeSchema(database: DataSource): Promise<string> {
  const lines: Described[] = [];
  for (const query of [COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS]) {
    lines.push(...(await database.query<Described[]>(query)));
  }
  const tables = [...new Set(lines.map(({ table_name }) => table_name))].toSorted();
  const sections = tables.map((table) => {
    const own = lines.filter(({ table_name }) => table_name === table).map(({ line }) => line);
    return `## ${table}\n\n\`\`\`\n${own.join('\n')}\n\`\`\`\n`;
  });
  return `# Schema\n\nWritten by \`npm run schema\` from the migrations; do not edit.\n\n${sections.join('\n')}`;
}
